//! The 32-byte words of a proof, changed in every way that an attack would.

/// The order of the group of BN254 G1, little-endian:
/// 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001.
const ORDER: [u8; 32] = [
    0x01, 0x00, 0x00, 0xf0, 0x93, 0xf5, 0xe1, 0x43, 0x91, 0x70, 0xb9, 0x79, 0x48, 0xe8, 0x33, 0x28,
    0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45, 0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30,
];

/// The word plus the group order, where that fits: the same scalar under another name.
fn plus_order(word: &[u8; 32]) -> Option<[u8; 32]> {
    let mut carry = 0;
    let mut sum = [0; 32];
    for ((out, a), b) in sum.iter_mut().zip(word).zip(ORDER) {
        let digit = u16::from(*a) + u16::from(b) + carry;
        *out = (digit & 0xff) as u8;
        carry = digit >> 8;
    }
    (carry == 0).then_some(sum)
}

/// What stands in the place of one word, each with what was done: none is the word itself.
#[must_use]
pub fn changes(words: &[[u8; 32]], at: usize) -> Vec<(&'static str, [u8; 32])> {
    let word = words[at];
    let mut flipped = word;
    flipped[0] ^= 1;
    let mut all = vec![
        ("one bit is flipped", flipped),
        (
            "it is zero, which is the identity where it is a point",
            [0; 32],
        ),
        ("it is none: all bits are set", [0xff; 32]),
    ];
    all.extend(plus_order(&word).map(|sum| ("the group order is added", sum)));
    let next = words.get(at + 1).copied();
    all.extend(next.map(|next| ("it is the next word", next)));
    all.retain(|(_, change)| *change != word);
    all
}

/// The words with one of them left out, and with one of them twice.
#[must_use]
pub fn shifted(words: &[[u8; 32]], at: usize) -> [(&'static str, Vec<[u8; 32]>); 2] {
    let (mut fewer, mut more) = (words.to_vec(), words.to_vec());
    fewer.remove(at);
    more.insert(at, words[at]);
    [("it is left out", fewer), ("it stands twice", more)]
}
