//! Plain text and tables of values: the whole file, in the charset that was found.
//!
//! Values of CSV and TSV are left as they stand, delimiters and quotation marks included: a tokenizer
//! of words takes them apart at the same places, and nothing can be lost.

use crate::extraction::{Extraction, Options, Reason, Rendition};
use crate::kind::Kind;
use crate::text::charset;

/// Reads it.
pub fn read(bytes: &[u8], kind: Kind, options: &Options) -> Extraction {
    let decoded = charset::decode(bytes, None);
    let extraction = Extraction::new(kind, rendition(&decoded.text, options));
    match decoded.guessed {
        Some(charset) => extraction.with_reading(format!("charset {charset}")),
        None => extraction,
    }
}

/// A text in canonical form: `\r\n` and `\r` become `\n`, NUL and a leading byte order mark are left out.
///
/// # Errors
/// [`Reason::NoText`] where no character but white space is left, [`Reason::Limit`].
pub fn rendition(text: &str, options: &Options) -> Result<Rendition, Reason> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\0' => {}
            c => out.push(c),
        }
        if out.len() as u64 > options.limits.text_bytes {
            return Err(Reason::Limit);
        }
    }
    if out.trim().is_empty() {
        return Err(Reason::NoText);
    }
    Ok(Rendition::Text(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    const OPTIONS: Options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };

    #[test]
    fn one_canonical_form() {
        let text = |s: &str| rendition(s, &OPTIONS);
        assert_eq!(
            text("\u{feff}a\r\nb\rc\n\0d"),
            Ok(Rendition::Text("a\nb\nc\nd".into()))
        );
        assert_eq!(text(" \r\n\0"), Err(Reason::NoText));
        let limits = Limits {
            text_bytes: 3,
            ..Limits::DEFAULT
        };
        assert_eq!(
            rendition("abcd", &Options { limits, ..OPTIONS }),
            Err(Reason::Limit)
        );
    }
}
