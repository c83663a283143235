//! Which dimensions the responding party chooses, and what proving will take with them.
//!
//! Any dimensions in their ranges are sound, and the judge takes them as stated: what is chosen here
//! by the count of [`super::cost`] is a matter of time and memory alone.

use super::cost::{Speed, Work};
use crate::columns::{FirstColumns, SecondColumns};
use crate::layout::{Dimensions, Layout, LayoutError, Width};
use crate::tables::Tables;
use duces_protocol::classifier::Classifier;
use std::sync::Arc;
use std::time::Duration;

/// The widest batch that is proved without being asked for: half a gigabyte of columns.
const WIDEST: u32 = 22;

/// The most bytes of views that such a batch holds: half a gigabyte.
const MOST_VIEW_BYTES: usize = 1 << 29;

/// Lanes that are tried once an item fits: more only pay while it does not.
const LANES_TRIED: u32 = 4;

/// The layout of a width with the least proving cost an item.
///
/// # Errors
/// When one item does not fit.
pub fn best(classifier: &Classifier, width: Width) -> Result<Layout, LayoutError> {
    let tables = Arc::new(Tables::new(classifier));
    let mut best: Option<(u128, Layout)> = None;
    let mut refused = None;
    for k in Dimensions::COLUMN_BITS.take_while(|k| *k <= width.bits()) {
        for lanes in 1..=1 << (width.bits() - k) {
            let dimensions = Dimensions::new(width.bits(), k, lanes)?;
            let layout = match Layout::with_tables(classifier, dimensions, Arc::clone(&tables)) {
                Ok(layout) => layout,
                Err(error) => {
                    refused = Some(error);
                    continue;
                }
            };
            let cost = cost(&layout);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, layout));
            }
            if lanes >= LANES_TRIED {
                break;
            }
        }
    }
    best.map(|(_, layout)| layout)
        .ok_or_else(|| refused.expect("every width has dimensions to try"))
}

/// Proving cost an item, and a term for the bytes of the proof: a byte is worth as much as
/// 4,000 multiplications.
fn cost(layout: &Layout) -> u128 {
    let work = Work::of_batch(layout).weight();
    let bytes = 220 * layout.triples() + 64 * layout.groups();
    let total = u128::from(work) + 40_000 * bytes as u128;
    total * 1000 / layout.items_per_batch() as u128
}

/// The layout that proves `items` items with the least work in reasonable memory: about half a
/// gigabyte of columns and half of views at the most, unless a single item needs that much.
///
/// # Panics
/// Never: the widest batch has room for an item of every classifier.
#[must_use]
pub fn cheapest(classifier: &Classifier, items: usize) -> Layout {
    let mut fitting = Width::ALL
        .into_iter()
        .filter_map(|width| best(classifier, width).ok())
        .peekable();
    let narrowest = fitting.peek().expect(ROOM).dimensions().width();
    fitting
        .take_while(|layout| {
            let width = layout.dimensions().width();
            let views = layout.items_per_batch() * classifier.input_len();
            // Where an item fills more than half of the widest batch, two or three of them share the
            // coefficients of their equation.
            let widest = WIDEST.max(narrowest.bits() + 1);
            width == narrowest || (width.bits() <= widest && views <= MOST_VIEW_BYTES)
        })
        .min_by_key(|layout| {
            let batches = items.div_ceil(layout.items_per_batch()).max(1) as u64;
            Work::of_batch(layout).times(batches).weight()
        })
        .expect(ROOM)
}

const ROOM: &str = "a classifier within its limits fits the widest batch";

/// What proving a corpus will take.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Prediction {
    /// Batches at the default width.
    pub batches: u64,
    /// Time on all cores of this machine.
    pub duration: Duration,
    /// Bytes of all proofs, about.
    pub bytes: u64,
}

impl Prediction {
    /// Predicts for a corpus of `items` items.
    #[must_use]
    pub fn new(classifier: &Classifier, items: usize, speed: &Speed) -> Self {
        let layout = cheapest(classifier, items);
        let batches = items.div_ceil(layout.items_per_batch()) as u64;
        // The coefficients of a batch's equation: a multiplication or two for each of the
        // classifier's, on one core.
        let multiplications = classifier.cost().multiplications;
        let equations = 2.0 * (batches * multiplications) as f64 * speed.multiplication;
        let duration = Duration::from_secs_f64(equations / 1e9)
            + Work::of_keys(&layout).duration(speed)
            + Work::of_batch(&layout).times(batches).duration(speed)
            + Work::of_items(classifier, items as u64).duration(speed);
        let columns = FirstColumns::<()>::count(&layout) + SecondColumns::<()>::count(&layout);
        let columns = columns as u64;
        let bytes = batches * (64 * columns + 64 * layout.groups() as u64 + 2048);
        Self {
            batches,
            duration,
            bytes,
        }
    }
}
