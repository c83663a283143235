//! Generated e-mails for measurements at scale: a subject, a sender, a few sentences.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Different words; the rank of a drawn word is the minimum of two uniform ones, so that some are
/// common and most are rare.
const WORDS: u32 = 20_000;

/// Writes `count` e-mails below `folder`, a thousand to a subfolder.
pub fn write(count: usize, folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for first in (0..count).step_by(1000) {
        let part = folder.join(format!("{:04}", first / 1000));
        fs::create_dir_all(&part).map_err(failed)?;
        for i in first..count.min(first + 1000) {
            let path = part.join(format!("{i:07}.eml"));
            fs::write(path, message(&mut rng, i)).map_err(failed)?;
        }
    }
    Ok(())
}

fn message(rng: &mut ChaCha8Rng, number: usize) -> String {
    let mut text = format!(
        "From: office{}@water.example\r\nTo: archive@water.example\r\nSubject:",
        rng.next_u32() % 500
    );
    words(rng, 5, &mut text);
    let _ = write!(text, "\r\nMessage-ID: <{number}@water.example>\r\n\r\n");
    let sentences = 4 + rng.next_u32() % 12;
    for _ in 0..sentences {
        let count = 6 + rng.next_u32() % 12;
        words(rng, count, &mut text);
        text.push_str(".\r\n");
    }
    text
}

fn words(rng: &mut ChaCha8Rng, count: u32, text: &mut String) {
    for _ in 0..count {
        let rank = (rng.next_u32() % WORDS).min(rng.next_u32() % WORDS);
        text.push(' ');
        // The rank in letters, by syllables of two.
        let mut rest = rank + 21;
        while rest > 0 {
            text.push(char::from(b"bdfgklmnprstvz"[(rest % 14) as usize]));
            text.push(char::from(b"aeiou"[(rest / 14 % 5) as usize]));
            rest /= 70;
        }
    }
}
