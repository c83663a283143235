//! The code pages of DOS, which no browser and so no library of charsets knows.

/// Code page 437 from 0x80 to 0xff, sixteen a line.
#[rustfmt::skip]
const CP437: [&str; 8] = [
    "ÇüéâäàåçêëèïîìÄÅ",
    "ÉæÆôöòûùÿÖÜ¢£¥₧ƒ",
    "áíóúñÑªº¿⌐¬½¼¡«»",
    "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧",
    "╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀",
    "αßΓπΣσµτΦΘΩδ∞φε∩",
    "≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
];

/// Code page 850 from 0x80 to 0xff, sixteen a line.
#[rustfmt::skip]
const CP850: [&str; 8] = [
    "ÇüéâäàåçêëèïîìÄÅ",
    "ÉæÆôöòûùÿÖÜø£Ø×ƒ",
    "áíóúñÑªº¿®¬½¼¡«»",
    "░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐",
    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤",
    "ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀",
    "ÓßÔÒõÕµþÞÚÛÙýÝ¯´",
    "\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
];

/// Decodes every byte: in code page 437, or 850 where `western`.
pub fn decode(bytes: &[u8], western: bool) -> String {
    let rows = if western { &CP850 } else { &CP437 };
    let table: Vec<char> = rows.iter().flat_map(|row| row.chars()).collect();
    let character = |&byte: &u8| match byte {
        0x80.. => table[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    bytes.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_boxes() {
        assert_eq!(decode(b"caf\x82 \xc9\xbb", false), "café ╔╗");
        assert_eq!(decode(b"\x9d\xb5", true), "ØÁ");
        assert!(
            CP437
                .iter()
                .chain(&CP850)
                .all(|row| row.chars().count() == 16)
        );
    }
}
