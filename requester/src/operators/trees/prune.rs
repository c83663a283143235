//! Trees over the bytes of the view: comparisons become sets of bytes, and branches that no document
//! reaches are removed.

use super::bytes::{ByteFunction, byte_function};
use super::forest::{Forest, Test, TreeNode};
use super::set::ByteSet;
use crate::float::{Program, ValueId};
use crate::graph::Value;
use crate::onnx::Refusal;
use std::collections::BTreeMap;

/// The most literals of all paths together: they decide how much memory is used.
const MAX_LITERALS: usize = 1 << 25;

/// What a literal is about: a byte of the view, or (from `input_len` on) a comparison of a computed
/// feature, which counts as a byte that is zero where it fails.
pub type Variable = usize;

/// Names a literal of [`Literals`].
pub type LiteralId = u32;

/// The literals `variable ∈ set`, each once.
#[derive(Default)]
pub struct Literals {
    ids: BTreeMap<(Variable, ByteSet), LiteralId>,
    list: Vec<(Variable, ByteSet)>,
}

impl Literals {
    fn id(&mut self, variable: Variable, set: ByteSet) -> LiteralId {
        let next = self.list.len() as LiteralId;
        let id = *self.ids.entry((variable, set)).or_insert(next);
        if id == next {
            self.list.push((variable, set));
        }
        id
    }

    /// Variable and set of a literal.
    #[must_use]
    pub fn get(&self, id: LiteralId) -> (Variable, ByteSet) {
        self.list[id as usize]
    }

    /// Whether a literal is one step, so that it counts 0 or 1 whatever the bounds of its parts.
    #[must_use]
    pub fn is_one_step(&self, id: LiteralId) -> bool {
        self.get(id).1.steps().1.len() == 1
    }
}

/// A comparison of which some document reaches both outcomes, after pruning.
pub struct Split {
    /// The literal compared: a set without 0, so that a feature that is absent goes to `no`.
    pub literal: LiteralId,
    /// The literals that lead here, one or two for each variable.
    pub path: Vec<LiteralId>,
    /// The literals that lead to `yes`.
    pub yes_path: Vec<LiteralId>,
    /// Where 0 goes.
    pub no: Child,
    /// Where the literal's values go.
    pub yes: Child,
}

/// What follows a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Child {
    /// A leaf of the forest, by its node.
    Leaf(usize),
    /// Another comparison of the same tree.
    Split(usize),
}

/// A tree: comparisons, each before those that follow it.
pub struct Tree {
    /// The first comparison, or the only leaf.
    pub root: Child,
    /// The comparisons.
    pub splits: Vec<Split>,
}

/// A comparison of a computed feature: 1 where `feature > threshold` (or `>=`).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Computed {
    /// Element of the features.
    pub feature: usize,
    /// The threshold.
    pub threshold: f64,
    /// Whether `>` is meant.
    pub strict: bool,
}

/// All trees of a forest.
pub struct Pruned {
    /// The trees.
    pub trees: Vec<Tree>,
    /// Their literals.
    pub literals: Literals,
    /// What the variables from `input_len` on stand for.
    pub computed: Vec<Computed>,
}

/// Prunes a forest that reads `features`.
///
/// # Errors
/// When a comparison cannot be made, or paths are too long.
pub fn prune(
    program: &Program,
    features: &Value,
    forest: &Forest,
    same_leaf: impl Fn(usize, usize) -> bool,
) -> Result<Pruned, Refusal> {
    let mut pruner = Pruner {
        program,
        features,
        functions: BTreeMap::new(),
        known: BTreeMap::new(),
        pruned: Pruned {
            trees: Vec::new(),
            literals: Literals::default(),
            computed: Vec::new(),
        },
        total: 0,
    };
    for &root in &forest.roots {
        let tree = pruner.tree(forest, root)?;
        pruner.pruned.trees.push(merged(tree, &same_leaf));
    }
    Ok(pruner.pruned)
}

struct Pruner<'a> {
    program: &'a Program,
    features: &'a Value,
    functions: BTreeMap<usize, Option<ByteFunction>>,
    known: BTreeMap<(usize, u64, bool), Variable>,
    pruned: Pruned,
    total: usize,
}

/// A node to visit: the forest's node, what must point to it, and what earlier comparisons imply.
struct Visit {
    node: usize,
    from: Option<(usize, bool)>,
    known: Vec<(Variable, ByteSet)>,
}

/// A node at which the paths of documents end or divide.
enum Open {
    Leaf(usize),
    Comparison(OpenComparison),
}

/// A comparison of which some document reaches both outcomes.
struct OpenComparison {
    node: usize,
    variable: Variable,
    /// The values that lead to `yes`; never 0.
    set: ByteSet,
    /// The values that lead here, and what of them leads to `yes` and to `no`.
    before: ByteSet,
    inside: ByteSet,
    outside: ByteSet,
    yes: usize,
    no: usize,
    /// What earlier comparisons imply.
    known: Vec<(Variable, ByteSet)>,
}

impl Pruner<'_> {
    fn tree(&mut self, forest: &Forest, root: usize) -> Result<Tree, Refusal> {
        let mut tree = Tree {
            root: Child::Leaf(root),
            splits: Vec::new(),
        };
        let mut stack = vec![Visit {
            node: root,
            from: None,
            known: Vec::new(),
        }];
        while let Some(visit) = stack.pop() {
            let from = visit.from;
            let child = match self.first_open(forest, visit)? {
                Open::Leaf(leaf) => Child::Leaf(leaf),
                Open::Comparison(open) => {
                    let own = tree.splits.len();
                    tree.splits.push(self.split(own, open, &mut stack)?);
                    Child::Split(own)
                }
            };
            match from {
                None => tree.root = child,
                Some((parent, true)) => tree.splits[parent].yes = child,
                Some((parent, false)) => tree.splits[parent].no = child,
            }
        }
        Ok(tree)
    }

    /// The first node, from that of the visit on, that is a leaf or a comparison of which some
    /// document reaches both outcomes.
    fn first_open(&mut self, forest: &Forest, visit: Visit) -> Result<Open, Refusal> {
        let mut node = visit.node;
        loop {
            let TreeNode::Branch {
                feature,
                test,
                threshold,
                yes,
                no,
            } = forest.nodes[node]
            else {
                return Ok(Open::Leaf(node));
            };
            let (variable, set) = self.compare(feature, test, threshold)?;
            let before = visit.known.iter().find(|entry| entry.0 == variable);
            let before = before.map_or(ByteSet::FULL, |entry| entry.1);
            let (inside, outside) = (before.and(set), before.without(set));
            if inside.is_empty() || outside.is_empty() {
                node = if inside.is_empty() { no } else { yes };
                continue;
            }
            // The side that 0 is on is `no`.
            let (set, inside, outside, yes, no) = if set.contains(0) {
                (ByteSet::FULL.without(set), outside, inside, no, yes)
            } else {
                (set, inside, outside, yes, no)
            };
            return Ok(Open::Comparison(OpenComparison {
                node,
                variable,
                set,
                before,
                inside,
                outside,
                yes,
                no,
                known: visit.known,
            }));
        }
    }

    /// Split `own` for a comparison; its two sides are visited later.
    fn split(
        &mut self,
        own: usize,
        open: OpenComparison,
        stack: &mut Vec<Visit>,
    ) -> Result<Split, Refusal> {
        let mut known = open.known;
        let path = self.path(&known)?;
        let place = known.iter().position(|entry| entry.0 == open.variable);
        let place = place.unwrap_or_else(|| {
            known.push((open.variable, open.before));
            known.len() - 1
        });
        known[place].1 = open.inside;
        let yes_path = self.path(&known)?;
        stack.push(Visit {
            node: open.yes,
            from: Some((own, true)),
            known: known.clone(),
        });
        known[place].1 = open.outside;
        stack.push(Visit {
            node: open.no,
            from: Some((own, false)),
            known,
        });
        // Both sides are set when they are visited.
        let unknown = Child::Leaf(open.node);
        Ok(Split {
            literal: self.pruned.literals.id(open.variable, open.set),
            path,
            yes_path,
            no: unknown,
            yes: unknown,
        })
    }

    fn path(&mut self, known: &[(Variable, ByteSet)]) -> Result<Vec<LiteralId>, Refusal> {
        let literals = &mut self.pruned.literals;
        let mut path = Vec::with_capacity(known.len());
        for &(variable, set) in known {
            let parts = set.one_step_parts().into_iter();
            path.extend(parts.map(|part| literals.id(variable, part)));
        }
        self.total += path.len();
        if self.total > MAX_LITERALS {
            return Err(Refusal::new(
                format!("the paths of its trees have more than {MAX_LITERALS} comparisons"),
                "train fewer or shallower trees",
            ));
        }
        Ok(path)
    }

    /// A comparison as a set of values of a variable.
    fn compare(
        &mut self,
        feature: usize,
        test: Test,
        threshold: f64,
    ) -> Result<(Variable, ByteSet), Refusal> {
        if feature >= self.features.len() {
            return Err(Refusal::malformed(format!(
                "it reads feature {feature} of {}",
                self.features.len()
            )));
        }
        let id: ValueId = self.features.id;
        let function = self
            .functions
            .entry(feature)
            .or_insert_with(|| byte_function(self.program, id, feature));
        if let Some(function) = function {
            let holds = |v: usize| test.holds(f64::from(function.values[v]), threshold);
            return Ok((function.byte, ByteSet::of(holds)));
        }
        let (strict, holds) = match test {
            Test::Above => (true, true),
            Test::AtMost => (true, false),
            Test::AtLeast => (false, true),
            Test::Below => (false, false),
            Test::Equal | Test::NotEqual => {
                return Err(Refusal::new(
                    "it compares a computed feature for equality",
                    "train the trees on the view's own counts, or use BRANCH_LEQ",
                ));
            }
        };
        let next = self.program.input_len + self.pruned.computed.len();
        let key = (feature, threshold.to_bits(), strict);
        let variable = *self.known.entry(key).or_insert(next);
        if variable == next {
            self.pruned.computed.push(Computed {
                feature,
                threshold,
                strict,
            });
        }
        Ok((variable, ByteSet::of(|v| (v > 0) == holds)))
    }
}

/// The tree without comparisons whose two outcomes are the same leaf.
fn merged(mut tree: Tree, same: impl Fn(usize, usize) -> bool) -> Tree {
    let follow = |child: Child, gone: &[Option<usize>]| match child {
        Child::Split(split) => gone[split].map_or(child, Child::Leaf),
        leaf @ Child::Leaf(_) => leaf,
    };
    let mut gone: Vec<Option<usize>> = vec![None; tree.splits.len()];
    for index in (0..tree.splits.len()).rev() {
        let split = &mut tree.splits[index];
        (split.no, split.yes) = (follow(split.no, &gone), follow(split.yes, &gone));
        if let (Child::Leaf(no), Child::Leaf(yes)) = (split.no, split.yes)
            && same(no, yes)
        {
            gone[index] = Some(no);
        }
    }
    tree.root = follow(tree.root, &gone);
    let mut names = Vec::with_capacity(gone.len());
    let mut kept = 0;
    for gone in &gone {
        names.push(kept);
        kept += usize::from(gone.is_none());
    }
    let rename = |child: &mut Child| {
        if let Child::Split(split) = child {
            *split = names[*split];
        }
    };
    let mut index = 0;
    tree.splits.retain(|_| {
        index += 1;
        gone[index - 1].is_none()
    });
    rename(&mut tree.root);
    for split in &mut tree.splits {
        rename(&mut split.no);
        rename(&mut split.yes);
    }
    tree
}
