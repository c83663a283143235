//! Which elements must share a scale.
//!
//! A convolution needs one scale for each input channel and each output channel; a selection or a
//! sum hands scales through; a homogeneous function keeps its argument's. Everything else is free
//! to differ element by element.

use crate::float::simplify::is_exact;
use crate::float::{INPUT, Linear, Map, Node, Program, ValueId};

/// How a value's scale comes about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Known without choice: the view, and what it or steps give by selection.
    Fixed,
    /// A weighted sum: its scale is chosen.
    Root,
    /// A sum of selections: its scale follows from its sources'.
    Exact,
    /// A table's output.
    Output,
}

/// The partition of all elements.
pub struct Groups {
    /// For each value, how its scale comes about.
    pub kinds: Vec<Kind>,
    starts: Vec<usize>,
    parents: Vec<u32>,
}

impl Groups {
    /// Computes the partition for a program in legal form.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let mut starts = vec![0];
        for value in 0..=program.nodes.len() {
            starts.push(starts[value] + program.len_of(value));
        }
        let total = starts[starts.len() - 1] as u32;
        let mut groups = Self {
            kinds: vec![Kind::Fixed],
            starts,
            parents: (0..total).collect(),
        };
        let mut tabled = vec![false; program.nodes.len() + 1];
        for node in &program.nodes {
            if let Node::Pointwise(pointwise) = node {
                tabled[pointwise.source] = true;
            }
        }
        for (value, node) in (1..).zip(&program.nodes) {
            let kind = match node {
                Node::Pointwise(pointwise) => {
                    let len = program.len_of(value);
                    if pointwise.func.is_homogeneous() {
                        (0..len).for_each(|i| groups.union((value, i), (pointwise.source, i)));
                    } else if !matches!(pointwise.func, crate::float::Func::Step { .. }) {
                        let source = pointwise.source;
                        (1..len).for_each(|i| groups.union((source, 0), (source, i)));
                    }
                    Kind::Output
                }
                Node::Linear(linear) => groups.linear(program, value, linear, tabled[value]),
            };
            groups.kinds.push(kind);
        }
        groups
    }

    fn linear(&mut self, program: &Program, value: ValueId, linear: &Linear, tabled: bool) -> Kind {
        let sources = || linear.terms.iter().map(|term| term.source);
        let fixed = |source: ValueId| self.is_fixed(program, source);
        let unit = |source: ValueId| source == INPUT || is_step(program, source);
        let all_fixed = sources().all(fixed);
        let alike = sources().all(|s| Some(s) == sources().next()) || sources().all(unit);
        let exact = is_exact(linear) && !linear.terms.is_empty();
        if exact && all_fixed && alike && !tabled {
            return Kind::Fixed;
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
            return Kind::Exact;
        }
        self.blocks(value, linear.len, linear.channels);
        for term in &linear.terms {
            if let Map::Conv(g, _) | Map::Window(g) = &term.map {
                self.blocks(value, linear.len, g.out_channels);
                if !self.is_fixed(program, term.source) {
                    self.blocks(term.source, program.len_of(term.source), g.in_channels);
                }
            }
        }
        Kind::Root
    }

    /// Whether a value's scale is the same for all elements and not chosen per group.
    #[must_use]
    pub fn is_fixed(&self, program: &Program, value: ValueId) -> bool {
        match self.kinds[value] {
            Kind::Fixed => true,
            Kind::Root | Kind::Exact => false,
            Kind::Output => !program
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

    fn blocks(&mut self, value: ValueId, len: usize, channels: usize) {
        let width = len / channels;
        for i in 0..len {
            self.union((value, i / width * width), (value, i));
        }
    }

    fn union(&mut self, a: (ValueId, usize), b: (ValueId, usize)) {
        let (a, b) = (self.of_halving(a), self.of_halving(b));
        // The earlier element represents both.
        self.parents[a.max(b) as usize] = a.min(b);
    }

    fn of_halving(&mut self, (value, element): (ValueId, usize)) -> u32 {
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
    matches!(program.pointwise(value), Some(p) if matches!(p.func, crate::float::Func::Step { .. }))
}
