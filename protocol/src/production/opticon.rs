//! `loadfile.opt` `[format-image-file]`: the Opticon load file, which tells review platforms which images
//! are the pages of which document.
//!
//! ```text
//! EPA0000002,VOL001,images\EPA0000002.png,Y,,,1
//! EPA0000003,VOL001,images\EPA0000003.png,Y,,,2
//! EPA0000003.0002,VOL001,images\EPA0000003.0002.png,,,,
//! ```
//!
//! One line for each image, in the order of Bates numbers and pages, without a header: image key, volume,
//! path, document break (`Y` at a document's first page), folder break, box break, and at the first page
//! the number of pages. Folders and boxes are not used. Lines end in CR LF; no value has a comma or a
//! quote. The judge writes the file again from what it has checked and compares.

use super::load_file::Row;

/// The volume: a production is one.
const VOLUME: &str = "VOL001";

/// The file's bytes. Rows are in the order of their Bates numbers.
#[must_use]
pub fn render(rows: &[Row]) -> Vec<u8> {
    let mut out = String::new();
    for row in rows {
        for page in 1..=row.pages {
            let path = row.bates.image(page).replace('/', "\\");
            let key = row.bates.image_key(page);
            let (starts, pages) = match page {
                1 => ("Y", row.pages.to_string()),
                _ => ("", String::new()),
            };
            out += &format!("{key},{VOLUME},{path},{starts},,,{pages}\r\n");
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::production::bates::BatesPrefix;

    #[test]
    fn a_line_for_each_page() {
        let prefix: BatesPrefix = "EPA".parse().unwrap();
        let row = |serial, pages| Row {
            bates: prefix.number(serial),
            position: serial,
            family: serial,
            native: None,
            text: pages == 0,
            pages,
            redacted: pages > 1,
        };
        let bytes = render(&[row(1, 0), row(2, 1), row(3, 2)]);
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "EPA0000002,VOL001,images\\EPA0000002.png,Y,,,1\r\n\
             EPA0000003,VOL001,images\\EPA0000003.png,Y,,,2\r\n\
             EPA0000003.0002,VOL001,images\\EPA0000003.0002.png,,,,\r\n"
        );
        assert!(render(&[]).is_empty());
    }
}
