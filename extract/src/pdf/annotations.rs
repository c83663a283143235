//! What annotations and form fields of a page say, where the page does not show it.

use crate::pdf::string::decode;
use hayro_interpret::hayro_syntax::object::{Array, Dict, Name, Object};
use hayro_interpret::hayro_syntax::page::Page;

/// Fields above fields that are followed.
const MOST_PARENTS: u32 = 32;

/// Contents and values, each once, that `shown` does not hold; white space does not count.
pub fn texts(page: &Page, shown: &str) -> Vec<String> {
    let mut known = squeezed(shown);
    let mut texts = Vec::new();
    let annotations = page.raw().get::<Array>("Annots");
    for annotation in annotations.iter().flat_map(|a| a.iter::<Dict>()) {
        for text in of_annotation(&annotation) {
            let key = squeezed(&text);
            if !key.is_empty() && !known.contains(&key) {
                known.push_str(&key);
                known.push('\n');
                texts.push(text);
            }
        }
    }
    texts
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn of_annotation(annotation: &Dict) -> Vec<String> {
    let mut texts = Vec::new();
    for key in ["Subj", "Contents"] {
        texts.extend(annotation.get::<Object>(key).iter().filter_map(text));
    }
    if annotation
        .get::<Name>("Subtype")
        .is_some_and(|subtype| &*subtype == b"Widget")
    {
        texts.extend(annotation.get::<Object>("TU").iter().filter_map(text));
        texts.extend(value(annotation));
    }
    texts
}

/// The value of a field: its own, or that of the field which it belongs to.
fn value(field: &Dict) -> Vec<String> {
    let mut field = field.clone();
    for _ in 0..MOST_PARENTS {
        match field.get::<Object>("V") {
            Some(Object::Array(values)) => {
                return values.iter::<Object>().filter_map(|v| text(&v)).collect();
            }
            Some(value) => return text(&value).into_iter().collect(),
            None => {}
        }
        match field.get::<Dict>("Parent") {
            Some(parent) => field = parent,
            None => break,
        }
    }
    Vec::new()
}

fn text(object: &Object) -> Option<String> {
    match object {
        Object::String(string) => Some(decode(string.as_bytes())),
        Object::Stream(stream) => stream.decoded().ok().map(|bytes| decode(&bytes)),
        _ => None,
    }
}
