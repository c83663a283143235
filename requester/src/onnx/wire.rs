//! Counts the messages of a file before it is decoded.
//!
//! An empty message takes two bytes in the file and hundreds in memory. Counting first keeps memory
//! in proportion to the file.

use super::limits;

/// The fields of one message: `(number, bytes)` of the length-delimited ones, or `None` where
/// the wire format is broken.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            match self.field() {
                Some(Some(field)) => return Some(Some(field)),
                Some(None) => {}
                None => {
                    self.0 = &[];
                    return Some(None);
                }
            }
        }
        None
    }
}

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn skip(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    /// `Some(None)` for a field that is not length-delimited.
    fn field(&mut self) -> Option<Option<(u64, &'a [u8])>> {
        let key = self.varint()?;
        match key & 7 {
            0 => self.varint().map(|_| None),
            1 => self.skip(8).map(|_| None),
            5 => self.skip(4).map(|_| None),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.skip(length).map(|bytes| Some((key >> 3, bytes)))
            }
            _ => None,
        }
    }
}

/// Checks that the file is well-formed on the outer levels and within the limits on messages.
///
/// # Errors
/// The reason as a clause.
pub fn check(file: &[u8]) -> Result<(), String> {
    let mut budget = limits::MESSAGES;
    let mut spend = || {
        budget = budget.checked_sub(1)?;
        Some(())
    };
    let broken = || "it is truncated or not a protobuf file".to_owned();
    let many = || format!("it holds more than {} messages", limits::MESSAGES);
    // ModelProto.graph = 7, GraphProto.node = 1, NodeProto.attribute = 5.
    for model in Fields(file) {
        let (number, graph) = model.ok_or_else(broken)?;
        spend().ok_or_else(many)?;
        if number != 7 {
            continue;
        }
        for field in Fields(graph) {
            let (number, node) = field.ok_or_else(broken)?;
            spend().ok_or_else(many)?;
            for field in Fields(if matches!(number, 1 | 5) { node } else { &[] }) {
                let (inner, attribute) = field.ok_or_else(broken)?;
                spend().ok_or_else(many)?;
                for field in Fields(if (number, inner) == (1, 5) {
                    attribute
                } else {
                    &[]
                }) {
                    field.ok_or_else(broken)?;
                    spend().ok_or_else(many)?;
                }
            }
        }
    }
    Ok(())
}
