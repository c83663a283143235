//! HTML reduced to the text that it shows.
//!
//! | read | left out |
//! |---|---|
//! | character data, also of `noscript` and `template` | `script`, `style`, comments |
//! | the title, `meta` description and keywords | other `meta` |
//! | attributes `alt`, `title`, `placeholder`, `label`, `aria-label`; `value` of buttons and fields | addresses of links |
//! | a document within `iframe srcdoc` | what a frame would load |
//!
//! Elements part lines, but for those that format within a word (`b`, `span`, …); cells are parted by tabs.
//! Pictures within the file (`data:` addresses) are parts.

use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use crate::text::lines::Lines;
use crate::text::{charset, plain};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;

/// Elements within a line, which part no words.
const INLINE: [&str; 27] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i",
    "ins", "kbd", "mark", "nobr", "o:p", "q", "s", "samp", "small", "span", "strong", "sub", "sup",
    "u",
];
/// Elements that are not shown, whose content is no markup.
const HIDDEN: [&str; 2] = ["script", "style"];
/// Attributes that are shown.
const SHOWN: [&str; 5] = ["alt", "title", "placeholder", "label", "aria-label"];
/// How far a declaration of the charset is searched.
const HEAD_BYTES: usize = 4096;

/// Reads an HTML file.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let decoded = decode(bytes);
    let shown = shown(&decoded.text, options);
    let (rendition, parts) = match shown {
        Ok(shown) => (plain::rendition(&shown.text, options), shown.parts),
        Err(reason) => (Err(reason), Vec::new()),
    };
    let extraction = Extraction::new(Kind::Html, rendition).with_parts(parts);
    match decoded.guessed {
        Some(charset) => extraction.with_reading(format!("charset {charset}")),
        None => extraction,
    }
}

/// The characters of an HTML file: by its mark, or by the charset that it declares.
pub fn decode(bytes: &[u8]) -> charset::Decoded {
    charset::decode(bytes, declared(bytes))
}

/// The label of a charset in `<meta charset=…>`, `<meta … content="…; charset=…">` or an XML declaration.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let lower = head.to_ascii_lowercase();
    let find = |word: &[u8]| {
        lower
            .windows(word.len())
            .position(|w| w == word)
            .map(|at| at + word.len())
    };
    let at = if lower.starts_with(b"<?xml") {
        find(b"encoding")
    } else {
        None
    };
    let at = at.or_else(|| find(b"charset"))?;
    let rest = head[at..]
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let rest = rest
        .strip_prefix(b"\"")
        .or_else(|| rest.strip_prefix(b"'"))
        .unwrap_or(rest);
    let end = rest
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || b"-_:.".contains(b)))?;
    Some(&rest[..end])
}

/// What an HTML document shows.
#[derive(Debug)]
pub struct Shown {
    /// Its text.
    pub text: String,
    /// Pictures within it.
    pub parts: Vec<Part>,
}

/// The text and the pictures of a document.
///
/// # Errors
/// [`Reason::Limit`].
pub fn shown(html: &str, options: &Options) -> Result<Shown, Reason> {
    let mut shown = pass(html, options)?;
    // A document within a frame follows the one around it; those within it in turn are left out.
    for inner in shown.frames {
        shown.text.push_str(&pass(&inner, options)?.text);
    }
    Ok(Shown {
        text: shown.text,
        parts: shown.parts,
    })
}

struct Pass {
    text: String,
    parts: Vec<Part>,
    frames: Vec<String>,
}

fn pass(html: &str, options: &Options) -> Result<Pass, Reason> {
    let sink = Sink(RefCell::new(State {
        lines: Lines::new(options),
        parts: Vec::new(),
        frames: Vec::new(),
        hidden: None,
        verbatim: 0,
    }));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    // The tokenizer stops behind a script, and goes on when it is called again.
    while !input.is_empty() {
        let _stopped = tokenizer.feed(&input);
        tokenizer.sink.0.borrow().lines.check()?;
    }
    tokenizer.end();
    let state = tokenizer.sink.0.into_inner();
    state.lines.check()?;
    if state.parts.len() as u64 > u64::from(options.limits.parts) {
        return Err(Reason::Limit);
    }
    Ok(Pass {
        text: state.lines.finish(),
        parts: state.parts,
        frames: state.frames,
    })
}

struct Sink(RefCell<State>);

struct State {
    lines: Lines,
    parts: Vec<Part>,
    frames: Vec<String>,
    /// The element whose content is not shown.
    hidden: Option<&'static str>,
    /// How many elements are open that keep white space.
    verbatim: u32,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) if state.hidden.is_none() => {
                if state.verbatim > 0 {
                    state.lines.verbatim(&text);
                } else {
                    state.lines.words(&text);
                }
                TokenSinkResult::Continue
            }
            Token::TagToken(tag) => state.tag(&tag),
            _ => TokenSinkResult::Continue,
        }
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        // CDATA is text, not a comment.
        true
    }
}

impl State {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let opens = tag.kind == TagKind::StartTag;
        match name {
            "td" | "th" => self.lines.tab(),
            "wbr" => {}
            name if INLINE.contains(&name) => {}
            _ => self.lines.line(),
        }
        if matches!(name, "pre" | "xmp" | "listing" | "textarea") {
            self.verbatim = if opens {
                self.verbatim.saturating_add(1)
            } else {
                self.verbatim.saturating_sub(1)
            };
        }
        if let Some(hidden) = HIDDEN.into_iter().find(|hidden| *hidden == name) {
            self.hidden = (opens && !tag.self_closing).then_some(hidden);
        }
        if opens {
            self.attributes(tag);
        }
        match name {
            _ if !opens || tag.self_closing => TokenSinkResult::Continue,
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" => TokenSinkResult::RawData(RawKind::Rawtext),
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }

    fn attributes(&mut self, tag: &Tag) {
        let get = |name: &str| {
            tag.attrs
                .iter()
                .find(|a| &*a.name.local == name)
                .map(|a| &*a.value)
        };
        for value in SHOWN.into_iter().filter_map(get) {
            self.lines.words(" ");
            self.lines.words(value);
            self.lines.words(" ");
        }
        let is = |name: &str, values: &[&str]| {
            get(name)
                .is_some_and(|found| values.iter().any(|value| found.eq_ignore_ascii_case(value)))
        };
        match &*tag.name {
            "input" if !is("type", &["hidden", "checkbox", "radio", "password"]) => {
                self.lines.words(get("value").unwrap_or_default());
            }
            "meta" if is("name", &["description", "keywords", "author", "subject"]) => {
                self.lines.words(get("content").unwrap_or_default());
            }
            "iframe" => self.frames.extend(get("srcdoc").map(str::to_owned)),
            "img" | "object" | "embed" | "image" | "source" => {
                let data = ["src", "data", "href"].into_iter().find_map(get);
                self.parts
                    .extend(data.and_then(|data| embedded(data, self.parts.len())));
            }
            _ => {}
        }
    }
}

/// The file within a `data:` address in base64.
fn embedded(address: &str, number: usize) -> Option<Part> {
    let (kind, data) = address.trim().strip_prefix("data:")?.split_once(',')?;
    let media_type = kind
        .strip_suffix(";base64")?
        .split(';')
        .next()
        .unwrap_or_default();
    let extension = media_type.rsplit('/').next().unwrap_or_default();
    let bytes = mail_parser::decoders::base64::base64_decode(data.as_bytes())?;
    Some(Part {
        name: format!("{}.{extension}", number + 1),
        role: Role::Embedded,
        content: Content::Bytes(bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    const OPTIONS: Options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };

    fn text(html: &str) -> String {
        shown(html, &OPTIONS).unwrap().text
    }

    #[test]
    fn cells_part_words_and_formatting_does_not() {
        assert_eq!(
            text("<table><tr><td>gas</td><td>flow</td></tr><tr><td>x</table>"),
            "gas\tflow\nx\n"
        );
        assert_eq!(
            text("con<b>tr</b>act\n <SPAN>o</SPAN>ne<br>two"),
            "contract one\ntwo\n"
        );
        assert_eq!(text("<pre>a\n  b</pre>"), "a\n  b\n");
    }

    #[test]
    fn what_is_not_shown_is_left_out() {
        assert_eq!(
            text("<style>p{}</style><p>caf&eacute; &#x20AC;<!-- no --></p>"),
            "café €\n"
        );
        assert_eq!(
            text("<script>if (a<b) x('</p>')</script>1 &lt; 2<script/>3"),
            "1 < 2\n3\n"
        );
        assert_eq!(
            text("<title>A & B</title><img alt='a map'><input type=hidden value=h>"),
            "A & B\na map\n"
        );
        assert_eq!(
            text("<iframe srcdoc='&lt;p&gt;inner'></iframe>outer"),
            "outer\ninner\n"
        );
    }

    #[test]
    fn charsets_that_the_page_declares() {
        let page = b"<html><meta http-equiv=Content-Type content='text/html; charset=windows-1250'>\xe8esk\xfd";
        assert_eq!(read(page, &OPTIONS).text(), Some("český\n"));
        assert_eq!(declared(b"<meta charset=\"utf-8\">"), Some(&b"utf-8"[..]));
    }

    #[test]
    fn pictures_are_parts() {
        let page = "<img src='data:image/gif;base64,R0lG'><img src=x.gif>";
        let parts = shown(page, &OPTIONS).unwrap().parts;
        let gif = Part {
            name: "1.gif".into(),
            role: Role::Embedded,
            content: Content::Bytes(b"GIF".to_vec()),
        };
        assert_eq!(parts, [gif]);
    }

    #[test]
    fn depth_costs_no_stack() {
        assert_eq!(text(&("<div>".repeat(100_000) + "core")), "core\n");
    }
}
