//! Charsets of fonts and code pages of documents.

use crate::text::charset::dos;
use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
    WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};

/// How bytes become characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodePage {
    /// That of the document; of a document that states none, Windows-1252.
    Ansi,
    /// A code page of DOS: 437, or 850 if `western`.
    Dos { western: bool },
    /// Any other.
    Of(&'static Encoding),
}

impl CodePage {
    /// By its number; an unknown one is that of the document.
    pub fn of_number(number: i32) -> Self {
        Self::Of(match number {
            437 => return Self::Dos { western: false },
            850 | 858 => return Self::Dos { western: true },
            874 => WINDOWS_874,
            932 => SHIFT_JIS,
            936 => GBK,
            949 | 1361 => EUC_KR,
            950 => BIG5,
            1250 => WINDOWS_1250,
            1251 => WINDOWS_1251,
            1252 => WINDOWS_1252,
            1253 => WINDOWS_1253,
            1254 => WINDOWS_1254,
            1255 => WINDOWS_1255,
            1256 => WINDOWS_1256,
            1257 => WINDOWS_1257,
            1258 => WINDOWS_1258,
            10_000 => MACINTOSH,
            10_007 => X_MAC_CYRILLIC,
            65_001 => UTF_8,
            _ => return Self::Ansi,
        })
    }

    /// By the number of a font's charset; nothing for one that leaves the document's.
    pub fn of_charset(number: i32) -> Option<Self> {
        Some(Self::of_number(match number {
            77 => 10_000,
            128 => 932,
            129 | 130 => 949,
            134 => 936,
            136 => 950,
            161 => 1253,
            162 => 1254,
            163 => 1258,
            177 => 1255,
            178 => 1256,
            186 => 1257,
            204 => 1251,
            222 => 874,
            238 => 1250,
            254 => 437,
            255 => 850,
            _ => return None,
        }))
    }

    /// The characters of bytes.
    pub fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Dos { western } => dos::decode(bytes, western),
            Self::Ansi => WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
                .into_owned(),
            Self::Of(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        }
    }
}
