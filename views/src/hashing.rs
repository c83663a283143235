//! `text-hash-N-nA-B`: counts of hashed n-grams, as scikit-learn's `HashingVectorizer(n_features=N,
//! ngram_range=(A, B), alternate_sign=False, norm=None)` gives them, clipped to 255; with `-binary`
//! (`binary=True`) to 1. Without `-nA-B`, of single tokens.
//!
//! 1. The text in lower case (Python's `str.lower`, [`crate::unicode`]).
//! 2. Tokens: what `(?u)\b\w\w+\b` matches, the longest runs of word characters if two or more.
//! 3. N-grams: runs of `A` to `B` tokens, joined by one space, whatever stood between them.
//! 4. Bucket of an n-gram: `|h| mod N`, `h` the signed MurmurHash3 x86_32 with seed 0 of its UTF-8;
//!    for `h = -2^31`, which has no absolute value in 32 bits, `(2^31 - N) mod N`.

use crate::unicode::{is_word, lowered};
use duces_protocol::view::Ngrams;
use std::collections::VecDeque;

/// The counts of `features` ≥ 1 buckets, none above `most`.
pub fn count(text: &str, features: u32, ngrams: Ngrams, most: u8) -> Vec<u8> {
    let mut counts = vec![0_u8; features as usize];
    let mut add = |ngram: &str| {
        let count = &mut counts[bucket(murmur3_32(ngram.as_bytes()), features) as usize];
        *count = count.saturating_add(1).min(most);
    };
    if ngrams == Ngrams::UNIGRAMS {
        for_each_token(text, add);
        return counts;
    }
    let mut latest: VecDeque<String> = VecDeque::new();
    let mut ngram = String::new();
    for_each_token(text, |token| {
        if latest.len() == ngrams.longest() {
            latest.pop_front();
        }
        latest.push_back(token.to_owned());
        for length in ngrams.shortest()..=ngrams.longest().min(latest.len()) {
            ngram.clear();
            for token in latest.range(latest.len() - length..) {
                if !ngram.is_empty() {
                    ngram.push(' ');
                }
                ngram.push_str(token);
            }
            add(&ngram);
        }
    });
    counts
}

fn for_each_token(text: &str, mut visit: impl FnMut(&str)) {
    let mut token = String::new();
    let mut characters = 0_usize;
    let mut end_token = |token: &mut String, characters: &mut usize| {
        if *characters >= 2 {
            visit(token);
        }
        token.clear();
        *characters = 0;
    };
    for (at, c) in text.char_indices() {
        // A combining dot, which U+0130 has in lower case, is no word character.
        for lower in lowered(text, at, c) {
            if is_word(lower) {
                token.push(lower);
                characters += 1;
            } else {
                end_token(&mut token, &mut characters);
            }
        }
    }
    end_token(&mut token, &mut characters);
}

fn bucket(hash: u32, features: u32) -> u32 {
    match hash.cast_signed() {
        i32::MIN => ((1_u32 << 31) - features) % features,
        signed => signed.unsigned_abs() % features,
    }
}

/// MurmurHash3 x86_32 (A. Appleby, public domain) with seed 0.
fn murmur3_32(bytes: &[u8]) -> u32 {
    let mix = |k: u32| {
        k.wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593)
    };
    let (blocks, tail) = bytes.as_chunks::<4>();
    let mut hash = 0_u32;
    for &block in blocks {
        hash ^= mix(u32::from_le_bytes(block));
        hash = hash
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64);
    }
    let mut last = [0; 4];
    last[..tail.len()].copy_from_slice(tail);
    hash ^= mix(u32::from_le_bytes(last));
    // The length modulo 2^32, as the reference code has it.
    hash ^= (bytes.len() & 0xffff_ffff) as u32;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur3_known_answers() {
        // From the reference implementation's published vectors, seed 0.
        assert_eq!(murmur3_32(b""), 0);
        assert_eq!(murmur3_32(b"test"), 0xba6b_d213);
        assert_eq!(murmur3_32(b"Hello, world!"), 0xc036_3e43);
        assert_eq!(
            murmur3_32(b"The quick brown fox jumps over the lazy dog"),
            0x2e4f_f723
        );
    }

    #[test]
    fn the_hash_without_absolute_value_has_its_bucket() {
        for features in [1, 2, 3, 100, 4096, 65_535, 65_536] {
            let expected = (i64::from(i32::MAX) - (i64::from(features) - 1)) % i64::from(features);
            assert_eq!(i64::from(bucket(0x8000_0000, features)), expected);
            assert_eq!(bucket(0xffff_ffff, features), 1 % features);
        }
    }

    #[test]
    fn counts_are_clipped() {
        let text = "gas ".repeat(300);
        let counts = count(&text, 16, Ngrams::UNIGRAMS, 255);
        assert_eq!(counts.iter().copied().max(), Some(255));
        assert_eq!(counts.iter().filter(|&&c| c > 0).count(), 1);
        let pairs = Ngrams::new(1, 2).unwrap();
        assert_eq!(
            count(&text, 1 << 16, pairs, 1)
                .iter()
                .filter(|&&c| c == 1)
                .count(),
            2
        );
    }
}
