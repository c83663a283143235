//! Files attached to a document: in its name tree, its portfolio, its annotations.
//!
//! They are found wherever a file specification stands, object by object, so that no tree needs to be
//! followed and no loop can hold the reader.

use crate::extraction::{Content, Options, Part, Reason, Role};
use crate::pdf::string::decode;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::{
    Array, Dict, MaybeRef, Object, ObjectIdentifier, Stream,
};
use std::collections::BTreeMap;

/// Levels of arrays and dictionaries within one object.
const MOST_LEVELS: u32 = 12;

/// The attached files, by the number of their object.
///
/// # Errors
/// [`Reason::Limit`].
pub fn parts(pdf: &Pdf, options: &Options) -> Result<Vec<Part>, Reason> {
    let mut found = BTreeMap::new();
    for object in pdf.objects() {
        search(&object, 0, &mut found);
    }
    let mut left = options.limits.unpacked_bytes;
    let mut parts = Vec::new();
    for ((number, generation), name) in found {
        if parts.len() as u64 >= u64::from(options.limits.parts) {
            return Err(Reason::Limit);
        }
        let stream = pdf
            .xref()
            .get::<Stream>(ObjectIdentifier::new(number, generation));
        let content = match stream.map(|stream| stream.decoded().map(|bytes| bytes.into_owned())) {
            Some(Ok(bytes)) if bytes.len() as u64 <= left => {
                left -= bytes.len() as u64;
                Content::Bytes(bytes)
            }
            Some(Ok(_)) => Content::Unread(Reason::Limit),
            Some(Err(_)) | None => Content::Unread(Reason::Damaged),
        };
        parts.push(Part {
            name,
            role: Role::Attachment,
            content,
        });
    }
    Ok(parts)
}

fn search(object: &Object, level: u32, found: &mut BTreeMap<(u32, i32), String>) {
    if level == MOST_LEVELS {
        return;
    }
    match object {
        Object::Dict(dict) => search_dict(dict, level, found),
        Object::Stream(stream) => search_dict(stream.dict(), level, found),
        Object::Array(array) => search_array(array, level, found),
        _ => {}
    }
}

fn search_array(array: &Array, level: u32, found: &mut BTreeMap<(u32, i32), String>) {
    for item in array.raw_iter() {
        if let MaybeRef::NotRef(object) = item {
            search(&object, level + 1, found);
        }
    }
}

fn search_dict(dict: &Dict, level: u32, found: &mut BTreeMap<(u32, i32), String>) {
    if let Some(files) = dict.get::<Dict>("EF") {
        let name = ["UF", "F"]
            .into_iter()
            .find_map(|key| match dict.get::<Object>(key) {
                Some(Object::String(name)) => Some(decode(name.as_bytes())),
                _ => None,
            });
        for key in ["UF", "F", "Unix", "Mac", "DOS"] {
            if let Some(file) = files.get_ref(key) {
                found.insert(
                    (file.obj_number, file.gen_number),
                    name.clone().unwrap_or_default(),
                );
            }
        }
    }
    for (_, value) in dict.entries() {
        if let MaybeRef::NotRef(object) = value {
            search(&object, level + 1, found);
        }
    }
}
