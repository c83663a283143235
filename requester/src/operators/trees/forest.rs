//! A tree ensemble as the model's file gives it: comparisons and leaves.

use crate::graph::Call;
use crate::onnx::Refusal;
use std::collections::{BTreeMap, BTreeSet};

/// The most nodes of all trees together.
const MAX_NODES: usize = 1 << 20;

/// How a node compares a feature with its threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Test {
    /// `feature <= threshold`
    AtMost,
    /// `feature < threshold`
    Below,
    /// `feature >= threshold`
    AtLeast,
    /// `feature > threshold`
    Above,
    /// `feature == threshold`
    Equal,
    /// `feature != threshold`
    NotEqual,
}

impl Test {
    /// The outcome for a feature.
    #[must_use]
    pub fn holds(self, feature: f64, threshold: f64) -> bool {
        match self {
            Self::AtMost => feature <= threshold,
            Self::Below => feature < threshold,
            Self::AtLeast => feature >= threshold,
            Self::Above => feature > threshold,
            Self::Equal => feature == threshold,
            Self::NotEqual => feature != threshold,
        }
    }
}

/// A node of a tree.
#[derive(Clone, PartialEq, Debug)]
pub enum Node {
    /// A comparison and the two nodes that follow it.
    Branch {
        /// Index of the feature.
        feature: usize,
        /// The comparison.
        test: Test,
        /// The threshold.
        threshold: f64,
        /// Where to go when it holds.
        yes: usize,
        /// Where to go when it does not.
        no: usize,
    },
    /// A leaf: `(output, weight)`, ascending, one weight for each output.
    Leaf(Vec<(usize, f64)>),
}

/// Trees whose leaves are added up.
pub struct Forest {
    /// The nodes of all trees.
    pub nodes: Vec<Node>,
    /// The first node of each tree.
    pub roots: Vec<usize>,
}

impl Forest {
    /// The outputs that get a weight, be it zero, whatever the features are: those that every leaf
    /// of some tree names.
    #[must_use]
    pub fn always_named(&self) -> BTreeSet<usize> {
        let mut named = BTreeSet::new();
        for &root in &self.roots {
            let mut leaves = 0;
            let mut times = BTreeMap::new();
            let mut stack = vec![root];
            while let Some(node) = stack.pop() {
                match &self.nodes[node] {
                    Node::Branch { yes, no, .. } => stack.extend([yes, no]),
                    Node::Leaf(leaf) => {
                        leaves += 1;
                        for (output, _) in leaf {
                            *times.entry(*output).or_insert(0) += 1;
                        }
                    }
                }
            }
            named.extend(times.into_iter().filter(|t| t.1 == leaves).map(|t| t.0));
        }
        named
    }

    /// Whether some weight is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.nodes.iter().any(|node| match node {
            Node::Leaf(leaf) => leaf.iter().any(|entry| entry.1 < 0.0),
            Node::Branch { .. } => false,
        })
    }
}

/// Reads the trees of a `TreeEnsembleClassifier` or `TreeEnsembleRegressor`, whose leaf attributes
/// begin with `leaf` (`class` or `target`) and name outputs below `outputs`.
///
/// # Errors
/// When lists differ in length, or the nodes do not form trees.
pub fn read(call: &Call<'_>, leaf: &str, outputs: usize) -> Result<Forest, Refusal> {
    let malformed = Refusal::malformed;
    let trees = call.ints("nodes_treeids")?;
    let ids = call.ints("nodes_nodeids")?;
    let features = call.ints("nodes_featureids")?;
    let modes = call.texts("nodes_modes")?;
    let thresholds = call.numbers("nodes_values")?;
    let (yes, no) = (
        call.ints("nodes_truenodeids")?,
        call.ints("nodes_falsenodeids")?,
    );
    let count = trees.len();
    let lengths = [
        ids.len(),
        features.len(),
        modes.len(),
        thresholds.len(),
        yes.len(),
        no.len(),
    ];
    if count == 0 || lengths.iter().any(|&length| length != count) {
        return Err(malformed(
            "its lists of nodes are empty or differ in length".to_owned(),
        ));
    }
    if count > MAX_NODES {
        return Err(Refusal::new(
            format!("its trees have {count} nodes, the limit is {MAX_NODES}"),
            "train fewer or shallower trees",
        ));
    }
    let mut index = BTreeMap::new();
    for (position, key) in trees.iter().zip(ids).enumerate() {
        if index.insert(key, position).is_some() {
            return Err(malformed(format!("tree {} has two nodes {}", key.0, key.1)));
        }
    }
    let mut nodes = Vec::with_capacity(count);
    for position in 0..count {
        let child = |id: &i64| {
            index
                .get(&(&trees[position], id))
                .copied()
                .ok_or_else(|| malformed(format!("tree {} has no node {id}", trees[position])))
        };
        let test = match modes[position].as_str() {
            "LEAF" => None,
            "BRANCH_LEQ" => Some(Test::AtMost),
            "BRANCH_LT" => Some(Test::Below),
            "BRANCH_GTE" => Some(Test::AtLeast),
            "BRANCH_GT" => Some(Test::Above),
            "BRANCH_EQ" => Some(Test::Equal),
            "BRANCH_NEQ" => Some(Test::NotEqual),
            other => return Err(malformed(format!("its mode '{other}' is unknown"))),
        };
        nodes.push(match test {
            None => Node::Leaf(Vec::new()),
            Some(test) => Node::Branch {
                feature: usize::try_from(features[position])
                    .map_err(|_| malformed(format!("it reads feature {}", features[position])))?,
                test,
                threshold: thresholds[position],
                yes: child(&yes[position])?,
                no: child(&no[position])?,
            },
        });
    }
    let list = |name: &str| format!("{leaf}_{name}");
    let (leaf_trees, leaf_ids) = (call.ints(&list("treeids"))?, call.ints(&list("nodeids"))?);
    let (targets, weights) = (call.ints(&list("ids"))?, call.numbers(&list("weights"))?);
    let length = weights.len();
    if [leaf_trees.len(), leaf_ids.len(), targets.len()] != [length; 3] {
        return Err(malformed("its lists of leaves differ in length".to_owned()));
    }
    for (((tree, id), target), weight) in leaf_trees.iter().zip(leaf_ids).zip(targets).zip(weights)
    {
        let place = index.get(&(tree, id)).map(|&position| &mut nodes[position]);
        let target = usize::try_from(*target)
            .ok()
            .filter(|&target| target < outputs);
        let (Some(Node::Leaf(leaf)), Some(target)) = (place, target) else {
            return Err(malformed(format!(
                "a weight belongs to node {id} of tree {tree}, which has no such leaf"
            )));
        };
        match leaf.binary_search_by_key(&target, |entry| entry.0) {
            Ok(known) => leaf[known].1 += weight,
            Err(place) => leaf.insert(place, (target, weight)),
        }
    }
    Ok(Forest {
        roots: roots(&nodes)?,
        nodes,
    })
}

/// Reads the trees of a `TreeEnsemble` (version 5), the roots of which are checked against its own list.
///
/// # Errors
/// As [`read`].
pub fn read_version_5(call: &Call<'_>, outputs: usize) -> Result<Forest, Refusal> {
    let malformed = Refusal::malformed;
    let thresholds = call.tensor_numbers("nodes_splits")?;
    let modes = call.tensor_numbers("nodes_modes")?;
    let features = call.ints("nodes_featureids")?;
    let (yes, no) = (
        call.ints("nodes_truenodeids")?,
        call.ints("nodes_falsenodeids")?,
    );
    let (yes_leaf, no_leaf) = (
        call.ints("nodes_trueleafs")?,
        call.ints("nodes_falseleafs")?,
    );
    let (targets, weights) = (
        call.ints("leaf_targetids")?,
        call.tensor_numbers("leaf_weights")?,
    );
    let count = features.len();
    let lengths = [
        thresholds.len(),
        modes.len(),
        yes.len(),
        no.len(),
        yes_leaf.len(),
        no_leaf.len(),
    ];
    if count == 0 || lengths != [count; 6] || targets.len() != weights.len() {
        return Err(malformed(
            "its lists of nodes are empty or differ in length".to_owned(),
        ));
    }
    if count > MAX_NODES / 3 {
        return Err(Refusal::new(
            format!("its trees have {count} comparisons"),
            "train fewer or shallower trees",
        ));
    }
    // The comparisons, then a leaf for each branch that ends.
    let mut nodes = Vec::with_capacity(3 * count);
    let mut leaves = Vec::new();
    for position in 0..count {
        let mut child = |id: i64, is_leaf: i64| -> Result<usize, Refusal> {
            let place = usize::try_from(id).ok();
            if is_leaf == 0 {
                return place
                    .filter(|&place| place < count)
                    .ok_or_else(|| malformed(format!("there is no node {id}")));
            }
            let found = place.and_then(|place| Some((targets.get(place)?, weights.get(place)?)));
            let found = found.and_then(|(&target, &weight)| {
                let target = usize::try_from(target).ok()?;
                (target < outputs).then_some(Node::Leaf(vec![(target, weight)]))
            });
            leaves.push(found.ok_or_else(|| malformed(format!("there is no leaf {id}")))?);
            Ok(count + leaves.len() - 1)
        };
        let test = match modes[position] as i64 {
            0 => Test::AtMost,
            1 => Test::Below,
            2 => Test::AtLeast,
            3 => Test::Above,
            4 => Test::Equal,
            5 => Test::NotEqual,
            other => {
                return Err(Refusal::new(
                    format!("its mode {other} is set membership, or unknown"),
                    "train with thresholds instead of categories",
                ));
            }
        };
        nodes.push(Node::Branch {
            feature: usize::try_from(features[position])
                .map_err(|_| malformed(format!("it reads feature {}", features[position])))?,
            test,
            threshold: thresholds[position],
            yes: child(yes[position], yes_leaf[position])?,
            no: child(no[position], no_leaf[position])?,
        });
    }
    nodes.append(&mut leaves);
    let roots = roots(&nodes)?;
    let mut declared = call.ints("tree_roots")?.to_vec();
    declared.sort_unstable();
    if !roots.iter().map(|&root| root as i64).eq(declared) {
        return Err(malformed(
            "its list of roots is not that of its trees".to_owned(),
        ));
    }
    Ok(Forest { nodes, roots })
}

/// The nodes that no node leads to; every other node must be led to by exactly one.
fn roots(nodes: &[Node]) -> Result<Vec<usize>, Refusal> {
    let mut led = vec![false; nodes.len()];
    for node in nodes {
        if let Node::Branch { yes, no, .. } = node {
            for &child in [yes, no] {
                if std::mem::replace(&mut led[child], true) {
                    return Err(Refusal::malformed("two branches lead to one node"));
                }
            }
        }
    }
    let roots: Vec<usize> = (0..nodes.len()).filter(|&node| !led[node]).collect();
    // What no root leads to is a cycle.
    let mut reached = 0;
    let mut stack = roots.clone();
    while let Some(node) = stack.pop() {
        reached += 1;
        if let Node::Branch { yes, no, .. } = nodes[node] {
            stack.extend([yes, no]);
        }
    }
    if reached == nodes.len() {
        Ok(roots)
    } else {
        Err(Refusal::malformed("its branches form a cycle"))
    }
}
