//! Reading and writing canonical byte forms: exact lengths, little-endian integers, no trailing
//! bytes, limits before allocation.

use thiserror::Error;

/// Why foreign bytes were refused.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    /// A refusal with its reason, a clause that can follow "the file is malformed:".
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// A cursor over hostile bytes.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        if n > self.rest.len() {
            return Err(Malformed::new("it ends too early"));
        }
        let (head, rest) = self.rest.split_at(n);
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// One byte.
    ///
    /// # Errors
    /// When none is left.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// A 4-byte little-endian unsigned integer.
    ///
    /// # Errors
    /// When too few bytes are left.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// An 8-byte little-endian unsigned integer.
    ///
    /// # Errors
    /// When too few bytes are left.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A length of at most `limit`, stored as `u32`.
    ///
    /// # Errors
    /// When it exceeds the limit, or is larger than what could follow at `unit` bytes an element:
    /// so nothing is allocated that the input does not pay for.
    pub fn length(&mut self, limit: usize, unit: usize, what: &str) -> Result<usize, Malformed> {
        let length = self.u32()? as usize;
        if length > limit {
            return Err(Malformed::new(format!(
                "{what} has {length} entries, the limit is {limit}"
            )));
        }
        if length.saturating_mul(unit) > self.rest.len() {
            return Err(Malformed::new(format!("{what} ends too early")));
        }
        Ok(length)
    }

    /// A list of `i32`, length first.
    ///
    /// # Errors
    /// As [`Self::length`].
    pub fn i32s(&mut self, limit: usize, what: &str) -> Result<Vec<i32>, Malformed> {
        let length = self.length(limit, 4, what)?;
        let bytes = self.take(length * 4)?;
        Ok(bytes
            .chunks_exact(4)
            .map(|c| i32::from_le_bytes([c[0], c[1], c[2], c[3]]))
            .collect())
    }

    /// A list of `u32`, length first.
    ///
    /// # Errors
    /// As [`Self::length`].
    pub fn u32s(&mut self, limit: usize, what: &str) -> Result<Vec<u32>, Malformed> {
        let length = self.length(limit, 4, what)?;
        let bytes = self.take(length * 4)?;
        Ok(bytes
            .chunks_exact(4)
            .map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]))
            .collect())
    }

    /// A list of `i64`, length first.
    ///
    /// # Errors
    /// As [`Self::length`].
    pub fn i64s(&mut self, limit: usize, what: &str) -> Result<Vec<i64>, Malformed> {
        let length = self.length(limit, 8, what)?;
        (0..length)
            .map(|_| Ok(i64::from_le_bytes(self.array()?)))
            .collect()
    }

    /// A UTF-8 string of at most `limit` bytes, length first.
    ///
    /// # Errors
    /// As [`Self::length`], and when it is not UTF-8.
    pub fn string(&mut self, limit: usize, what: &str) -> Result<String, Malformed> {
        let length = self.length(limit, 1, what)?;
        String::from_utf8(self.take(length)?.to_vec())
            .map_err(|_| Malformed::new(format!("{what} is not UTF-8")))
    }

    /// All bytes must have been read.
    ///
    /// # Errors
    /// When some are left.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Malformed::new(format!(
                "{} bytes follow its end",
                self.rest.len()
            )))
        }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }
}

/// The counterpart of [`Reader`].
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An empty output.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty output with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Appends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends one byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.raw(&[value])
    }

    /// Appends a 4-byte little-endian integer.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_le_bytes())
    }

    /// Appends an 8-byte little-endian integer.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_le_bytes())
    }

    /// Appends a length as `u32`.
    ///
    /// # Panics
    /// When the length does not fit: every list has a limit far below.
    pub fn length(&mut self, length: usize) -> &mut Self {
        self.u32(u32::try_from(length).expect("every list has a limit far below 2^32"))
    }

    /// Appends a list of `i32`, length first.
    pub fn i32s(&mut self, values: &[i32]) -> &mut Self {
        self.length(values.len());
        for value in values {
            self.raw(&value.to_le_bytes());
        }
        self
    }

    /// Appends a list of `u32`, length first.
    pub fn u32s(&mut self, values: &[u32]) -> &mut Self {
        self.length(values.len());
        for value in values {
            self.u32(*value);
        }
        self
    }

    /// Appends a list of `i64`, length first.
    pub fn i64s(&mut self, values: &[i64]) -> &mut Self {
        self.length(values.len());
        for value in values {
            self.raw(&value.to_le_bytes());
        }
        self
    }

    /// Appends a string, length first.
    pub fn string(&mut self, text: &str) -> &mut Self {
        self.length(text.len());
        self.raw(text.as_bytes())
    }

    /// The bytes written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}
