//! The columns of a batch by name, in the order in which they are committed to and hashed
//! (docs/protocol.md section 5.2, "Layout").
//!
//! The same four lists exist of column handles, of cells, of instance values and of evaluations:
//! `T` is what there is of each column.

use crate::layout::Layout;
use halo2curves::bn256::Fr;

/// Lookups that share one helper column. A helper costs a commitment to large numbers, a higher
/// degree costs transforms: five balances the two.
pub const LOOKUPS_PER_HELPER: usize = 5;

/// One activation a row, or what belongs to its three cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Triple<T> {
    /// `q`, the quotient: the argument of the activation's table.
    pub q: T,
    /// `r`, the remainder, or its highest limb.
    pub r: T,
    /// `z`, the output.
    pub z: T,
}

impl<T> Triple<T> {
    /// Makes the three in order.
    pub fn build(mut make: impl FnMut() -> T) -> Self {
        Self {
            q: make(),
            r: make(),
            z: make(),
        }
    }

    /// The three in order.
    pub fn iter(&self) -> std::array::IntoIter<&T, 3> {
        [&self.q, &self.r, &self.z].into_iter()
    }

    /// The three in order.
    pub fn iter_mut(&mut self) -> std::array::IntoIter<&mut T, 3> {
        [&mut self.q, &mut self.r, &mut self.z].into_iter()
    }
}

/// The first phase: what is committed to before any challenge.
#[derive(Clone, Debug)]
pub struct FirstColumns<T> {
    /// The column triples: lane `l` of group `c` is number `c·lanes + l`.
    pub triples: Vec<Triple<T>>,
    /// How often each entry of a table column is looked up.
    pub multiplicities: Vec<T>,
    /// The groups' masks, in the first rows.
    pub mask: T,
}

impl<T> FirstColumns<T> {
    /// How many columns there are.
    #[must_use]
    pub fn count(layout: &Layout) -> usize {
        3 * layout.triples() + layout.table_columns() + 1
    }

    /// Makes the columns in order.
    pub fn build(layout: &Layout, mut make: impl FnMut() -> T) -> Self {
        Self {
            triples: (0..layout.triples())
                .map(|_| Triple::build(&mut make))
                .collect(),
            multiplicities: (0..layout.table_columns()).map(|_| make()).collect(),
            mask: make(),
        }
    }

    /// The columns in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let triples = self.triples.iter().flat_map(Triple::iter);
        triples.chain(&self.multiplicities).chain([&self.mask])
    }

    /// The columns in order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let triples = self.triples.iter_mut().flat_map(Triple::iter_mut);
        triples
            .chain(&mut self.multiplicities)
            .chain([&mut self.mask])
    }
}

/// The second phase: what follows from the first and from `α, β, w`.
#[derive(Clone, Debug)]
pub struct SecondColumns<T> {
    /// Sums of inverses of up to [`LOOKUPS_PER_HELPER`] lookups.
    pub lookup_helpers: Vec<T>,
    /// Sums of weighted inverses of as many table entries.
    pub table_helpers: Vec<T>,
    /// The running sum.
    pub sum: T,
}

impl<T> SecondColumns<T> {
    /// How many columns there are.
    #[must_use]
    pub fn count(layout: &Layout) -> usize {
        let [lookups, entries] = Self::helpers(layout);
        lookups + entries + 1
    }

    /// Helpers of lookups and of table entries.
    fn helpers(layout: &Layout) -> [usize; 2] {
        [2 * layout.triples(), layout.table_columns()]
            .map(|terms| terms.div_ceil(LOOKUPS_PER_HELPER))
    }

    /// Makes the columns in order.
    pub fn build(layout: &Layout, mut make: impl FnMut() -> T) -> Self {
        let [lookups, entries] = Self::helpers(layout);
        Self {
            lookup_helpers: (0..lookups).map(|_| make()).collect(),
            table_helpers: (0..entries).map(|_| make()).collect(),
            sum: make(),
        }
    }

    /// The columns in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let helpers = self.lookup_helpers.iter().chain(&self.table_helpers);
        helpers.chain([&self.sum])
    }

    /// The columns in order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let helpers = self.lookup_helpers.iter_mut();
        helpers
            .chain(&mut self.table_helpers)
            .chain([&mut self.sum])
    }
}

/// The instance columns of one batch: its linear equation.
#[derive(Clone, Debug)]
pub struct EquationColumns<T> {
    /// Coefficients of `q`, `r` and `z`, for every lane.
    pub coefficients: Vec<Triple<T>>,
    /// Right-hand sides of the groups, in the rows of the masks.
    pub sides: T,
}

impl<T> EquationColumns<T> {
    /// Makes the columns in order.
    pub fn build(layout: &Layout, mut make: impl FnMut() -> T) -> Self {
        Self {
            coefficients: (0..layout.lanes())
                .map(|_| Triple::build(&mut make))
                .collect(),
            sides: make(),
        }
    }

    /// The columns in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let coefficients = self.coefficients.iter().flat_map(Triple::iter);
        coefficients.chain([&self.sides])
    }
}

/// A column of the lookup table.
#[derive(Clone, Copy, Debug)]
pub struct TableColumn<T> {
    /// The tag of the entry's part.
    pub tag: T,
    /// The argument.
    pub argument: T,
    /// The value.
    pub value: T,
}

/// The instance columns that follow from the layout alone.
#[derive(Clone, Debug)]
pub struct LayoutColumns<T> {
    /// The tag that `(q, z)` is looked up under.
    pub tag_q: T,
    /// The tag that `r` is looked up under.
    pub tag_r: T,
    /// The lookup table.
    pub table: Vec<TableColumn<T>>,
    /// 1 on the first row.
    pub select_first: T,
    /// 1 on the rows of the masks.
    pub select_masks: T,
    /// 1 on the rows of items, filled or not.
    pub select_body: T,
    /// 1 on the row where the running sum ends.
    pub select_end: T,
}

impl<T> LayoutColumns<T> {
    /// Makes the columns in order.
    pub fn build(layout: &Layout, mut make: impl FnMut() -> T) -> Self {
        Self {
            tag_q: make(),
            tag_r: make(),
            table: (0..layout.table_columns())
                .map(|_| TableColumn {
                    tag: make(),
                    argument: make(),
                    value: make(),
                })
                .collect(),
            select_first: make(),
            select_masks: make(),
            select_body: make(),
            select_end: make(),
        }
    }

    /// The columns in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let table = self
            .table
            .iter()
            .flat_map(|column| [&column.tag, &column.argument, &column.value]);
        [&self.tag_q, &self.tag_r].into_iter().chain(table).chain([
            &self.select_first,
            &self.select_masks,
            &self.select_body,
            &self.select_end,
        ])
    }
}

/// All instance columns, in the order of the circuit.
#[must_use]
pub fn instance<'a>(
    equation: &'a EquationColumns<Vec<Fr>>,
    layout: &'a LayoutColumns<Vec<Fr>>,
) -> Vec<&'a [Fr]> {
    let columns = equation.iter().chain(layout.iter());
    columns.map(Vec::as_slice).collect()
}
