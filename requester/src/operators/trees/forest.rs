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
pub enum TreeNode {
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
    pub nodes: Vec<TreeNode>,
    /// The first node of each tree.
    pub roots: Vec<usize>,
}

impl Forest {
    /// The outputs that get a weight, possibly zero, from every document: those that every leaf of
    /// some tree names.
    #[must_use]
    pub fn always_named(&self) -> BTreeSet<usize> {
        let mut named = BTreeSet::new();
        for &root in &self.roots {
            let mut leaves = 0;
            let mut times = BTreeMap::new();
            let mut stack = vec![root];
            while let Some(node) = stack.pop() {
                match &self.nodes[node] {
                    TreeNode::Branch { yes, no, .. } => stack.extend([yes, no]),
                    TreeNode::Leaf(leaf) => {
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
            TreeNode::Leaf(leaf) => leaf.iter().any(|entry| entry.1 < 0.0),
            TreeNode::Branch { .. } => false,
        })
    }
}

/// Reads the trees of a `TreeEnsembleClassifier` or `TreeEnsembleRegressor`, whose leaf attributes
/// begin with `leaf` (`class` or `target`) and name outputs below `outputs`.
///
/// # Errors
/// When lists differ in length, or the nodes do not form trees.
pub fn read(call: &Call<'_>, leaf: &str, outputs: usize) -> Result<Forest, Refusal> {
    let places = places(call)?;
    let mut nodes = read_nodes(call, &places)?;
    add_weights(call, leaf, outputs, &places, &mut nodes)?;
    Ok(Forest {
        roots: roots(&nodes)?,
        nodes,
    })
}

/// For each tree and identifier of a node, its place in the lists.
type Places = BTreeMap<(i64, i64), usize>;

fn places(call: &Call<'_>) -> Result<Places, Refusal> {
    let trees = call.ints("nodes_treeids")?;
    let ids = call.ints("nodes_nodeids")?;
    check_lengths(&[trees.len(), ids.len()])?;
    check_count(trees.len(), MAX_NODES)?;
    let mut places = Places::new();
    for (place, (&tree, &id)) in trees.iter().zip(ids).enumerate() {
        if places.insert((tree, id), place).is_some() {
            let what = format!("tree {tree} has two nodes {id}");
            return Err(Refusal::malformed(what));
        }
    }
    Ok(places)
}

/// The nodes in the order of the lists, leaves without weights.
fn read_nodes(call: &Call<'_>, places: &Places) -> Result<Vec<TreeNode>, Refusal> {
    let trees = call.ints("nodes_treeids")?;
    let features = call.ints("nodes_featureids")?;
    let modes = call.texts("nodes_modes")?;
    let thresholds = call.numbers("nodes_values")?;
    let (yes, no) = (
        call.ints("nodes_truenodeids")?,
        call.ints("nodes_falsenodeids")?,
    );
    check_lengths(&[
        trees.len(),
        features.len(),
        modes.len(),
        thresholds.len(),
        yes.len(),
        no.len(),
    ])?;
    let node = |place: usize| {
        let tree = trees[place];
        let child = |id: i64| {
            let child = places.get(&(tree, id)).copied();
            child.ok_or_else(|| Refusal::malformed(format!("tree {tree} has no node {id}")))
        };
        Ok(match test(&modes[place])? {
            None => TreeNode::Leaf(Vec::new()),
            Some(test) => TreeNode::Branch {
                feature: feature(features[place])?,
                test,
                threshold: thresholds[place],
                yes: child(yes[place])?,
                no: child(no[place])?,
            },
        })
    };
    (0..trees.len()).map(node).collect()
}

/// The comparison that a mode names; `None` for a leaf.
fn test(mode: &str) -> Result<Option<Test>, Refusal> {
    Ok(Some(match mode {
        "LEAF" => return Ok(None),
        "BRANCH_LEQ" => Test::AtMost,
        "BRANCH_LT" => Test::Below,
        "BRANCH_GTE" => Test::AtLeast,
        "BRANCH_GT" => Test::Above,
        "BRANCH_EQ" => Test::Equal,
        "BRANCH_NEQ" => Test::NotEqual,
        other => {
            return Err(Refusal::malformed(format!("its mode '{other}' is unknown")));
        }
    }))
}

/// Adds the weights to their leaves.
fn add_weights(
    call: &Call<'_>,
    leaf: &str,
    outputs: usize,
    places: &Places,
    nodes: &mut [TreeNode],
) -> Result<(), Refusal> {
    let list = |name: &str| format!("{leaf}_{name}");
    let (trees, ids) = (call.ints(&list("treeids"))?, call.ints(&list("nodeids"))?);
    let (targets, weights) = (call.ints(&list("ids"))?, call.numbers(&list("weights"))?);
    if [trees.len(), ids.len(), targets.len()] != [weights.len(); 3] {
        return Err(Refusal::malformed("its lists of leaves differ in length"));
    }
    for (((&tree, &id), &target), weight) in trees.iter().zip(ids).zip(targets).zip(weights) {
        let node = places.get(&(tree, id)).map(|&place| &mut nodes[place]);
        let (Some(TreeNode::Leaf(leaf)), Some(target)) = (node, below(target, outputs)) else {
            return Err(Refusal::malformed(format!(
                "a weight belongs to node {id} of tree {tree}, which has no such leaf"
            )));
        };
        match leaf.binary_search_by_key(&target, |entry| entry.0) {
            Ok(known) => leaf[known].1 += weight,
            Err(place) => leaf.insert(place, (target, weight)),
        }
    }
    Ok(())
}

/// Reads the trees of a `TreeEnsemble` (version 5), and checks their roots against its own list.
///
/// # Errors
/// As [`read`].
pub fn read_version_5(call: &Call<'_>, outputs: usize) -> Result<Forest, Refusal> {
    let nodes = read_nodes_version_5(call, outputs)?;
    let roots = roots(&nodes)?;
    let mut declared = call.ints("tree_roots")?.to_vec();
    declared.sort_unstable();
    if !roots.iter().map(|&root| root as i64).eq(declared) {
        return Err(Refusal::malformed(
            "its list of roots is not that of its trees",
        ));
    }
    Ok(Forest { nodes, roots })
}

/// The comparisons, then a leaf for each branch that ends.
fn read_nodes_version_5(call: &Call<'_>, outputs: usize) -> Result<Vec<TreeNode>, Refusal> {
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
    check_lengths(&[
        features.len(),
        thresholds.len(),
        modes.len(),
        yes.len(),
        no.len(),
        yes_leaf.len(),
        no_leaf.len(),
    ])?;
    let count = features.len();
    check_count(count, MAX_NODES / 3)?;
    let mut leaves = Leaves {
        first: count,
        list: Vec::new(),
        targets: call.ints("leaf_targetids")?,
        weights: call.tensor_numbers("leaf_weights")?,
        outputs,
    };
    if leaves.targets.len() != leaves.weights.len() {
        return Err(Refusal::malformed("its lists of leaves differ in length"));
    }
    let mut child = |id: i64, is_leaf: i64| {
        if is_leaf != 0 {
            return leaves.add(id);
        }
        below(id, count).ok_or_else(|| Refusal::malformed(format!("there is no node {id}")))
    };
    let mut nodes = Vec::with_capacity(3 * count);
    for place in 0..count {
        nodes.push(TreeNode::Branch {
            test: test_version_5(modes[place] as i64)?,
            feature: feature(features[place])?,
            threshold: thresholds[place],
            yes: child(yes[place], yes_leaf[place])?,
            no: child(no[place], no_leaf[place])?,
        });
    }
    nodes.append(&mut leaves.list);
    Ok(nodes)
}

/// The comparison that a number names.
fn test_version_5(mode: i64) -> Result<Test, Refusal> {
    Ok(match mode {
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
    })
}

/// The leaves of a `TreeEnsemble` of version 5, one for each branch that ends.
struct Leaves<'a> {
    /// The node that the first of them becomes.
    first: usize,
    list: Vec<TreeNode>,
    targets: &'a [i64],
    weights: Vec<f64>,
    outputs: usize,
}

impl Leaves<'_> {
    /// Adds leaf `id`; returns its node.
    fn add(&mut self, id: i64) -> Result<usize, Refusal> {
        let entry = |place: usize| {
            let target = below(*self.targets.get(place)?, self.outputs)?;
            Some((target, *self.weights.get(place)?))
        };
        let entry = usize::try_from(id).ok().and_then(entry);
        let entry = entry.ok_or_else(|| Refusal::malformed(format!("there is no leaf {id}")))?;
        self.list.push(TreeNode::Leaf(vec![entry]));
        Ok(self.first + self.list.len() - 1)
    }
}

/// Checks that lists are not empty and have one length.
fn check_lengths(lengths: &[usize]) -> Result<(), Refusal> {
    if lengths[0] > 0 && lengths.iter().all(|length| *length == lengths[0]) {
        return Ok(());
    }
    Err(Refusal::malformed(
        "its lists of nodes are empty or differ in length",
    ))
}

fn check_count(count: usize, most: usize) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    Err(Refusal::new(
        format!("its trees have {count} nodes, the limit is {most}"),
        "train fewer or shallower trees",
    ))
}

/// The index of a feature.
fn feature(index: i64) -> Result<usize, Refusal> {
    usize::try_from(index).map_err(|_| Refusal::malformed(format!("it reads feature {index}")))
}

/// A number as an index below `limit`.
fn below(number: i64, limit: usize) -> Option<usize> {
    usize::try_from(number).ok().filter(|&index| index < limit)
}

/// The nodes that no branch leads to; exactly one branch must lead to every other node.
fn roots(nodes: &[TreeNode]) -> Result<Vec<usize>, Refusal> {
    let mut led = vec![false; nodes.len()];
    for node in nodes {
        if let TreeNode::Branch { yes, no, .. } = node {
            for &child in [yes, no] {
                if std::mem::replace(&mut led[child], true) {
                    return Err(Refusal::malformed("two branches lead to one node"));
                }
            }
        }
    }
    let roots: Vec<usize> = (0..nodes.len()).filter(|&node| !led[node]).collect();
    // Nodes that no root leads to form a cycle.
    let mut reached = 0;
    let mut stack = roots.clone();
    while let Some(node) = stack.pop() {
        reached += 1;
        if let TreeNode::Branch { yes, no, .. } = nodes[node] {
            stack.extend([yes, no]);
        }
    }
    if reached == nodes.len() {
        Ok(roots)
    } else {
        Err(Refusal::malformed("its branches form a cycle"))
    }
}
