//! CCITT facsimile: T.4 in one and two dimensions, T.6, and rows of codes alone.

use crate::extraction::Reason;
use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, Bits};

/// How rows follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// Codes alone, each row from a byte on.
    Rle,
    /// T.4; rows in two dimensions if the flag is set.
    Group3 { two: bool },
    /// T.6.
    Group4,
}

/// Rows of `width` bits, 1 where the data say black, each padded to a byte.
///
/// Rows that are missing at the end are white.
///
/// # Errors
/// [`Reason::Damaged`] if not even the first row can be read.
pub fn decode(data: &[u8], scheme: Scheme, width: u32, height: u32) -> Result<Vec<u8>, Reason> {
    let stride = width.div_ceil(8) as usize;
    let mut out = vec![0; stride * height as usize];
    let mut bits = Stream { data, at: 0 };
    let mut row = Vec::new();
    for (number, line) in out.chunks_mut(stride).enumerate() {
        let decoded = match scheme {
            Scheme::Rle => {
                bits.skip_to_byte();
                one_dimension(&mut bits, width)
            }
            Scheme::Group4 => two_dimensions(&mut bits, &row, width),
            Scheme::Group3 { two } => match group3(&mut bits, &row, width, two) {
                Row::End => break,
                Row::Read(changes) => Some(changes),
                // A row that is damaged in transfer is shown as the one before it.
                Row::Broken if number > 0 && bits.seek_end_of_line() => Some(row.clone()),
                Row::Broken => None,
            },
        };
        match decoded {
            Some(changes) => row = changes,
            None if number == 0 => return Err(Reason::Damaged),
            None => break,
        }
        paint(&row, width, line);
    }
    Ok(out)
}

/// Sets the bits between a change to black and the next one.
fn paint(changes: &[u32], width: u32, line: &mut [u8]) {
    for pair in changes.chunks(2) {
        let end = pair.get(1).copied().unwrap_or(width);
        for x in pair[0]..end.min(width) {
            line[(x / 8) as usize] |= 0x80 >> (x % 8);
        }
    }
}

enum Row {
    Read(Vec<u32>),
    Broken,
    End,
}

fn group3(bits: &mut Stream<'_>, before: &[u32], width: u32, two: bool) -> Row {
    let mut ends = 0;
    let mut is_two = false;
    while bits.skip_end_of_line() {
        ends += 1;
        is_two = two && !bits.take_bit();
    }
    // Ends of lines without a line between them are the end of the page.
    if ends > 1 || bits.is_over() {
        return Row::End;
    }
    let row = match is_two {
        true => two_dimensions(bits, before, width),
        false => one_dimension(bits, width),
    };
    row.map_or(Row::Broken, Row::Read)
}

/// The places where the colour changes, white first.
fn one_dimension(bits: &mut Stream<'_>, width: u32) -> Option<Vec<u32>> {
    let mut changes = Vec::new();
    let mut at = 0_u32;
    let mut is_black = false;
    while at < width {
        at = at.checked_add(run(bits, is_black)?)?.min(width);
        changes.push(at);
        is_black = !is_black;
    }
    Some(changes)
}

/// A run length: codes for multiples of 64, then one for the rest.
fn run(bits: &mut Stream<'_>, is_black: bool) -> Option<u32> {
    let mut sum = 0_u32;
    loop {
        let code = if is_black {
            black::decode(bits)?
        } else {
            white::decode(bits)?
        };
        sum = sum.checked_add(u32::from(code))?;
        if code < 64 {
            return Some(sum);
        }
    }
}

/// The places where the colour changes, coded against those of the row before.
fn two_dimensions(bits: &mut Stream<'_>, before: &[u32], width: u32) -> Option<Vec<u32>> {
    let mut changes: Vec<u32> = Vec::new();
    // The element before the row, which is white.
    let mut at: i64 = -1;
    let mut is_black = false;
    let mut next = 0;
    while at < i64::from(width) {
        // The first change on the row before that is right of `at` and to the other colour.
        while next > 0 && i64::from(before[next - 1]) > at {
            next -= 1;
        }
        while before
            .get(next)
            .is_some_and(|&change| i64::from(change) <= at)
        {
            next += 1;
        }
        let b1 = next + usize::from((next % 2 == 1) != is_black);
        let place = |index: usize| before.get(index).copied().unwrap_or(width).min(width);
        match mode::decode(bits)? {
            Mode::Pass => at = i64::from(place(b1 + 1)),
            Mode::Vertical(delta) => {
                let change = i64::from(place(b1)) + i64::from(delta);
                if change < at.max(0) || change > i64::from(width) {
                    return None;
                }
                changes.push(u32::try_from(change).ok()?);
                is_black = !is_black;
                at = change;
            }
            Mode::Horizontal => {
                let start = u32::try_from(at.max(0)).ok()?;
                let first = start.checked_add(run(bits, is_black)?)?.min(width);
                let second = first.checked_add(run(bits, !is_black)?)?.min(width);
                changes.extend([first, second]);
                at = i64::from(second);
            }
            Mode::Extension | Mode::EOF => return None,
        }
    }
    Some(changes)
}

/// Bits from the highest of each byte on; behind the data there are zeros, but no code begins there.
struct Stream<'a> {
    data: &'a [u8],
    /// In bits.
    at: usize,
}

impl Stream<'_> {
    fn is_over(&self) -> bool {
        self.at >= self.data.len() * 8
    }

    fn skip_to_byte(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }

    fn take_bit(&mut self) -> bool {
        let bit = self.peek(1) == Some(1);
        self.at += 1;
        bit
    }

    /// Goes behind zeros and the end of a line, if that is next.
    fn skip_end_of_line(&mut self) -> bool {
        let mut at = self.at;
        let is_zero = |at: usize| {
            let byte = self.data.get(at / 8);
            byte.map(|byte| byte >> (7 - at % 8) & 1 == 0)
        };
        while is_zero(at) == Some(true) {
            at += 1;
        }
        let is_end = at - self.at >= 11 && is_zero(at).is_some();
        if is_end {
            self.at = at + 1;
        }
        is_end
    }

    /// Goes to the next end of a line, before it; whether there is one.
    fn seek_end_of_line(&mut self) -> bool {
        let mut zeros = 0;
        for at in self.at..self.data.len() * 8 {
            if self.data[at / 8] >> (7 - at % 8) & 1 == 0 {
                zeros += 1;
            } else if zeros >= 11 {
                self.at = at - 11;
                return true;
            } else {
                zeros = 0;
            }
        }
        false
    }
}

impl BitReader for Stream<'_> {
    type Error = std::convert::Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        if self.is_over() || bits > 16 {
            return None;
        }
        let byte = |index: usize| u32::from(self.data.get(index).copied().unwrap_or(0));
        let first = self.at / 8;
        let three = byte(first) << 16 | byte(first + 1) << 8 | byte(first + 2);
        let shift = 24 - u32::from(bits) - u32::try_from(self.at % 8).expect("less than 8");
        let mask = (1_u32 << bits) - 1;
        u16::try_from(three >> shift & mask).ok()
    }

    fn consume(&mut self, bits: u8) -> Result<(), Self::Error> {
        self.at += usize::from(bits);
        Ok(())
    }

    fn expect(&mut self, bits: Bits) -> Result<(), Option<Bits>> {
        match self.peek(bits.len) {
            Some(data) if data == bits.data => Ok(()),
            other => Err(other.map(|data| Bits { data, ..bits })),
        }
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        u8::try_from(self.at.next_multiple_of(8) - self.at).expect("less than 8")
    }
}
