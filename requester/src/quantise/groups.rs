//! Which elements must share a scale.
//!
//! A convolution needs one scale for each input channel and each output channel. Selections and
//! sums of them have the scales of their sources, and a homogeneous function that of its argument.
//! All other elements may have scales of their own.

use crate::float::simplify::is_exact;
use crate::float::{Func, INPUT, Linear, Map, Node, Program, ValueId};

/// Where a value's scale comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScaleOrigin {
    /// Known in advance: the view, and selections of it or of steps.
    Given,
    /// A weighted sum: its scale is chosen.
    Chosen,
    /// A sum of selections: it has the scale of its sources.
    Inherited,
    /// The output of a table.
    Table,
}

/// The partition of all elements.
pub struct ScaleGroups {
    /// For each value, where its scale comes from.
    pub origins: Vec<ScaleOrigin>,
    starts: Vec<usize>,
    parents: Vec<u32>,
}

impl ScaleGroups {
    /// Computes the partition for a program in legal form.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let mut starts = vec![0];
        for value in 0..=program.nodes.len() {
            starts.push(starts[value] + program.len_of(value));
        }
        let total = starts[starts.len() - 1] as u32;
        let mut groups = Self {
            origins: vec![ScaleOrigin::Given],
            starts,
            parents: (0..total).collect(),
        };
        let mut read_by_table = vec![false; program.nodes.len() + 1];
        for node in &program.nodes {
            if let Node::Pointwise(pointwise) = node {
                read_by_table[pointwise.source] = true;
            }
        }
        for (value, node) in (1..).zip(&program.nodes) {
            let origin = match node {
                Node::Pointwise(pointwise) => {
                    let len = program.len_of(value);
                    if program.is_scores(value) {
                        let source = pointwise.source;
                        (1..len).for_each(|i| groups.union((source, 0), (source, i)));
                    }
                    if pointwise.func.is_homogeneous() {
                        (0..len).for_each(|i| groups.union((value, i), (pointwise.source, i)));
                    } else if !matches!(pointwise.func, Func::Step { .. }) {
                        let source = pointwise.source;
                        (1..len).for_each(|i| groups.union((source, 0), (source, i)));
                    }
                    ScaleOrigin::Table
                }
                Node::Linear(linear) => groups.linear(program, value, linear, read_by_table[value]),
            };
            groups.origins.push(origin);
        }
        groups
    }

    fn linear(
        &mut self,
        program: &Program,
        value: ValueId,
        linear: &Linear,
        read_by_table: bool,
    ) -> ScaleOrigin {
        let sources = || linear.terms.iter().map(|term| term.source);
        let fixed = |source: ValueId| self.is_fixed(program, source);
        let unit = |source: ValueId| source == INPUT || is_step(program, source);
        let all_fixed = sources().all(fixed);
        let alike = sources().all(|s| Some(s) == sources().next()) || sources().all(unit);
        let exact = is_exact(linear) && !linear.terms.is_empty();
        if exact && all_fixed && alike && !read_by_table {
            return ScaleOrigin::Given;
        }
        if exact && !sources().any(fixed) {
            for term in &linear.terms {
                let source = term.source;
                let inputs = program.len_of(source);
                term.map.walk(inputs, linear.len, |run| {
                    for (output, input) in run.pairs() {
                        self.union((value, output), (source, input));
                    }
                });
            }
            return ScaleOrigin::Inherited;
        }
        self.join_channels(value, linear.len, linear.channels);
        for term in &linear.terms {
            if let Map::Conv(g, _) | Map::Window(g) = &term.map {
                self.join_channels(value, linear.len, g.out_channels);
                if !self.is_fixed(program, term.source) {
                    self.join_channels(term.source, program.len_of(term.source), g.in_channels);
                }
            }
        }
        ScaleOrigin::Chosen
    }

    /// Whether a value's scale is the same for all elements and not chosen per group.
    #[must_use]
    pub fn is_fixed(&self, program: &Program, value: ValueId) -> bool {
        match self.origins[value] {
            ScaleOrigin::Given => true,
            ScaleOrigin::Chosen | ScaleOrigin::Inherited => false,
            ScaleOrigin::Table => !program
                .pointwise(value)
                .is_some_and(|p| p.func.is_homogeneous()),
        }
    }

    /// The group of an element.
    #[must_use]
    pub fn of(&self, value: ValueId, element: usize) -> usize {
        let mut node = (self.starts[value] + element) as u32;
        while self.parents[node as usize] != node {
            node = self.parents[node as usize];
        }
        node as usize
    }

    /// An upper limit on group numbers.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parents.len()
    }

    /// Joins the elements of each channel.
    fn join_channels(&mut self, value: ValueId, len: usize, channels: usize) {
        let width = len / channels;
        for i in 0..len {
            self.union((value, i / width * width), (value, i));
        }
    }

    fn union(&mut self, a: (ValueId, usize), b: (ValueId, usize)) {
        let (a, b) = (self.find(a), self.find(b));
        // The earlier element represents both.
        self.parents[a.max(b) as usize] = a.min(b);
    }

    /// The group of an element; shortens the path to it for the next time.
    fn find(&mut self, (value, element): (ValueId, usize)) -> u32 {
        let mut node = (self.starts[value] + element) as u32;
        while self.parents[node as usize] != node {
            let parent = self.parents[node as usize];
            self.parents[node as usize] = self.parents[parent as usize];
            node = parent;
        }
        node
    }
}

fn is_step(program: &Program, value: ValueId) -> bool {
    matches!(program.pointwise(value), Some(p) if matches!(p.func, Func::Step { .. }))
}
