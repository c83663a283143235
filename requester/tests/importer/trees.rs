//! Tree ensembles: against an evaluation of the trees themselves, and malformed ones.

mod classes;

use crate::models::{Builder, floats, ints, text, texts, views};
use duces_protocol::classifier::{Map, Node as IntegerNode, Shape};
use duces_protocol::sealed::Architecture;
use duces_requester::decision::Rule;
use duces_requester::draft::{CompiledModel, compile};
use duces_requester::lower::input::InputRule;
use duces_requester::lower::lower;
use duces_requester::onnx::message::Attribute;
use duces_requester::onnx::{self, Refusal};

const FEATURES: usize = 16;

/// A node: mode, feature, threshold, children; a leaf has one weight for each class.
#[derive(Clone)]
struct Node {
    mode: &'static str,
    feature: usize,
    threshold: f32,
    yes: usize,
    no: usize,
    weights: Vec<f32>,
}

/// Made-up trees.
struct Grower {
    seed: u64,
    modes: &'static [&'static str],
    classes: usize,
}

impl Grower {
    fn next(&mut self, below: usize) -> usize {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.seed >> 33) as usize % below
    }

    fn tree(&mut self, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        self.grow(depth, &mut nodes);
        nodes
    }

    fn grow(&mut self, depth: usize, nodes: &mut Vec<Node>) -> usize {
        let own = nodes.len();
        let weights = (0..self.classes)
            .map(|_| self.next(2001) as f32 / 1000.0 - 1.0)
            .collect();
        let leaf = depth == 0 || own > 0 && self.next(6) == 0;
        nodes.push(Node {
            mode: if leaf {
                "LEAF"
            } else {
                self.modes[self.next(self.modes.len())]
            },
            feature: self.next(FEATURES),
            threshold: self.next(512) as f32 / 2.0,
            yes: 0,
            no: 0,
            weights,
        });
        if !leaf {
            let (yes, no) = (self.grow(depth - 1, nodes), self.grow(depth - 1, nodes));
            (nodes[own].yes, nodes[own].no) = (yes, no);
        }
        own
    }
}

fn score(trees: &[Vec<Node>], class: usize, x: &[u8]) -> f64 {
    let one = |tree: &Vec<Node>| {
        let mut node = &tree[0];
        while node.mode != "LEAF" {
            let value = f32::from(x[node.feature]);
            let holds = match node.mode {
                "BRANCH_LEQ" => value <= node.threshold,
                "BRANCH_LT" => value < node.threshold,
                "BRANCH_GTE" => value >= node.threshold,
                "BRANCH_GT" => value > node.threshold,
                "BRANCH_EQ" => value == node.threshold,
                _ => value != node.threshold,
            };
            node = &tree[if holds { node.yes } else { node.no }];
        }
        f64::from(node.weights[class])
    };
    trees.iter().map(one).sum()
}

/// The attributes of trees whose leaves are named `kind` (`class` or `target`).
fn attributes(trees: &[Vec<Node>], kind: &str) -> Vec<Attribute> {
    let all = || {
        let numbered = trees.iter().zip(0i64..);
        numbered.flat_map(|(tree, t)| tree.iter().zip(0i64..).map(move |(node, i)| (t, i, node)))
    };
    let list = |of: fn((i64, i64, &Node)) -> i64| all().map(of).collect::<Vec<_>>();
    let (mut leaf_trees, mut leaf_ids, mut targets, mut weights) = (vec![], vec![], vec![], vec![]);
    for (t, i, node) in all().filter(|(_, _, node)| node.mode == "LEAF") {
        for (&weight, class) in node.weights.iter().zip(0..) {
            leaf_trees.push(t);
            leaf_ids.push(i);
            targets.push(class);
            weights.push(weight);
        }
    }
    let thresholds: Vec<f32> = all().map(|(_, _, node)| node.threshold).collect();
    let modes: Vec<&str> = all().map(|(_, _, node)| node.mode).collect();
    vec![
        ints("nodes_treeids", &list(|(t, _, _)| t)),
        ints("nodes_nodeids", &list(|(_, i, _)| i)),
        ints(
            "nodes_featureids",
            &list(|(_, _, node)| node.feature as i64),
        ),
        ints("nodes_truenodeids", &list(|(_, _, node)| node.yes as i64)),
        ints("nodes_falsenodeids", &list(|(_, _, node)| node.no as i64)),
        floats("nodes_values", &thresholds),
        texts("nodes_modes", &modes),
        ints(&format!("{kind}_treeids"), &leaf_trees),
        ints(&format!("{kind}_nodeids"), &leaf_ids),
        ints(&format!("{kind}_ids"), &targets),
        floats(&format!("{kind}_weights"), &weights),
    ]
}

const ALL_MODES: &[&str] = &[
    "BRANCH_LEQ",
    "BRANCH_LT",
    "BRANCH_GTE",
    "BRANCH_GT",
    "BRANCH_EQ",
    "BRANCH_NEQ",
];

#[test]
fn regressors_decide_as_their_trees() {
    let data = views(FEATURES, 500);
    for (modes, depth) in [(ALL_MODES, 4), (&ALL_MODES[..1], 7), (ALL_MODES, 1)] {
        let mut grower = Grower {
            seed: depth as u64,
            modes,
            classes: 1,
        };
        let trees: Vec<_> = (0..12).map(|_| grower.tree(depth)).collect();
        let model = Builder::new(&[FEATURES as i64]).node(
            "ml.TreeEnsembleRegressor",
            &["x"],
            "y",
            attributes(&trees, "target"),
        );
        let mut scores: Vec<f64> = data.iter().map(|x| score(&trees, 0, x)).collect();
        scores.sort_by(f64::total_cmp);
        let middle = scores[250] - 1e-5;
        let draft = draft(&model, &format!("output[0] >= {middle}")).unwrap();
        let splits: usize = trees
            .iter()
            .flatten()
            .filter(|node| node.mode != "LEAF")
            .count();
        let rows = draft.quantised.classifier.activations();
        println!("{splits} comparisons, {rows} rows");
        for x in &data {
            let expected = score(&trees, 0, x) >= middle;
            assert_eq!(draft.decided.program.matches(x), expected);
            assert_eq!(draft.quantised.classifier.matches(x), expected);
        }
    }
}

#[test]
fn packed_pieces_take_fewer_rows_than_comparisons() {
    // A forest over few features: literals are shared, so that rows are mostly pieces.
    let mut grower = Grower {
        seed: 5,
        modes: &ALL_MODES[..1],
        classes: 1,
    };
    let trees: Vec<_> = (0..40).map(|_| grower.tree(6)).collect();
    let model = Builder::new(&[FEATURES as i64]).node(
        "ml.TreeEnsembleRegressor",
        &["x"],
        "y",
        attributes(&trees, "target"),
    );
    let draft = draft(&model, "output[0] >= 0.1").unwrap();
    let pairs: std::collections::BTreeSet<(usize, u32)> = trees
        .iter()
        .flatten()
        .filter(|node| node.mode != "LEAF")
        .map(|node| (node.feature, node.threshold as u32))
        .collect();
    let splits: usize = trees
        .iter()
        .flatten()
        .filter(|node| node.mode != "LEAF")
        .count();
    let rows = draft.quantised.classifier.activations();
    assert!(
        rows < pairs.len() + splits / 2,
        "{rows} rows, {} pairs, {splits} comparisons",
        pairs.len()
    );
}

#[test]
fn features_behind_a_scaler() {
    let data = views(FEATURES, 300);
    let mut grower = Grower {
        seed: 3,
        modes: &ALL_MODES[..2],
        classes: 1,
    };
    let mut trees: Vec<_> = (0..8).map(|_| grower.tree(5)).collect();
    let (offset, factor) = (31.5f32, 0.037f32);
    for node in trees.iter_mut().flatten() {
        // Where a byte is scaled to the threshold itself, single precision decides.
        node.threshold = (node.threshold.round() - offset) * factor;
    }
    let model = Builder::new(&[FEATURES as i64])
        .node(
            "ml.Scaler",
            &["x"],
            "s",
            vec![floats("offset", &[offset]), floats("scale", &[factor])],
        )
        .node(
            "ml.TreeEnsembleRegressor",
            &["s"],
            "y",
            attributes(&trees, "target"),
        );
    let draft = draft(&model, "output[0] >= 0.05").unwrap();
    let mut scaled = trees.clone();
    for node in scaled.iter_mut().flatten() {
        let below = |v: &u8| {
            let x = (f32::from(*v) - offset) * factor;
            if node.mode == "BRANCH_LEQ" {
                x <= node.threshold
            } else {
                x < node.threshold
            }
        };
        // The same comparison on the byte itself.
        node.threshold = (0..=255u8).filter(below).count() as f32;
        if node.mode == "BRANCH_LEQ" {
            node.mode = "BRANCH_LT";
        }
    }
    for x in &data {
        assert_eq!(
            draft.quantised.classifier.matches(x),
            score(&scaled, 0, x) >= 0.05
        );
    }
}

fn draft(model: &Builder, rule: &str) -> Result<CompiledModel, Refusal> {
    let source = onnx::read(&model.bytes())?;
    let view = format!("text-hash-{FEATURES}").parse().unwrap();
    let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
    compile(&source, &input, &rule.parse::<Rule>().unwrap(), &[], 1000)
}

/// Where weights are hidden, features, thresholds, paths and leaves are weights of hidden matrices, and no
/// table holds anything of them.
#[test]
fn sealed_trees_speak_in_no_table() {
    let data = views(FEATURES, 200);
    let mut grower = Grower {
        seed: 5,
        modes: &ALL_MODES[..1],
        classes: 1,
    };
    let trees: Vec<_> = (0..4).map(|_| grower.tree(4)).collect();
    let model = Builder::new(&[FEATURES as i64]).node(
        "ml.TreeEnsembleRegressor",
        &["x"],
        "y",
        attributes(&trees, "target"),
    );
    let source = onnx::read(&model.bytes()).unwrap();
    let view = format!("text-hash-{FEATURES}").parse().unwrap();
    let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
    let rule: Rule = "output[0] >= 0.05".parse().unwrap();
    let open = compile(&source, &input, &rule, &[], 1000).unwrap();
    let hidden = compile(&source, &input.hiding_weights(), &rule, &[], 1000).unwrap();
    let bits = |table: &duces_protocol::classifier::Table| {
        table.outputs.iter().all(|z| (0..=1).contains(z))
    };
    assert!(!open.quantised.classifier.tables().iter().all(bits));
    let classifier = &hidden.quantised.classifier;
    assert!(classifier.tables().iter().all(bits));
    for x in &data {
        assert_eq!(classifier.matches(x), score(&trees, 0, x) >= 0.05);
    }
    let (architecture, values) = Architecture::split(classifier).unwrap();
    // Which feature a comparison reads, and its threshold, are hidden: nothing selects in public.
    let selects = |node: &IntegerNode| match node {
        IntegerNode::Linear(linear) => linear.terms.iter().any(|t| !matches!(t.map, Map::Scale(_))),
        IntegerNode::Pointwise(_) => false,
    };
    assert!(!architecture.nodes().iter().any(selects));
    assert_eq!(
        &architecture.open(&values).unwrap().matches(&data[0]),
        &classifier.matches(&data[0])
    );
    // An ensemble whose matrices are too large is refused, with the reason.
    let trees: Vec<_> = (0..120).map(|_| grower.tree(8)).collect();
    let model = Builder::new(&[FEATURES as i64]).node(
        "ml.TreeEnsembleRegressor",
        &["x"],
        "y",
        attributes(&trees, "target"),
    );
    let source = onnx::read(&model.bytes()).unwrap();
    let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
    let large = compile(&source, &input.hiding_weights(), &rule, &[], 1000).unwrap();
    let error = Architecture::split(&large.quantised.classifier).unwrap_err();
    assert!(
        error.to_string().contains("would speak of the model"),
        "{error}"
    );
}

#[test]
fn malformed_trees() {
    let mut grower = Grower {
        seed: 4,
        modes: &ALL_MODES[..1],
        classes: 1,
    };
    let trees = [grower.tree(3), grower.tree(3)];
    let good = attributes(&trees, "target");
    let refused = |change: &dyn Fn(&mut Vec<Attribute>), needle: &str| {
        let mut attributes = good.clone();
        change(&mut attributes);
        let model = Builder::new(&[FEATURES as i64]).node(
            "ml.TreeEnsembleRegressor",
            &["x"],
            "y",
            attributes,
        );
        let source = onnx::read(&model.bytes()).unwrap();
        let view = format!("text-hash-{FEATURES}").parse().unwrap();
        let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
        let refusal = lower(&source, &input).err().expect(needle);
        assert!(
            refusal.what.contains(needle),
            "'{}' does not contain '{needle}'",
            refusal.what
        );
    };
    fn list<'a>(attributes: &'a mut [Attribute], name: &str) -> &'a mut Attribute {
        attributes.iter_mut().find(|a| a.name == name).unwrap()
    }
    refused(&|a| list(a, "nodes_featureids").ints[0] = 16, "feature 16");
    refused(&|a| list(a, "nodes_featureids").ints[0] = -1, "feature -1");
    refused(&|a| list(a, "nodes_truenodeids").ints[0] = 0, "cycle");
    refused(&|a| list(a, "nodes_truenodeids").ints[0] = 99, "no node 99");
    refused(
        &|a| list(a, "nodes_truenodeids").ints[0] = a_no(&good),
        "two branches",
    );
    refused(&|a| list(a, "nodes_nodeids").ints[1] = 0, "two nodes");
    refused(
        &|a| list(a, "nodes_values").floats.truncate(2),
        "differ in length",
    );
    refused(&|a| list(a, "nodes_values").floats[0] = f32::NAN, "NaN");
    refused(
        &|a| list(a, "target_weights").floats[0] = f32::INFINITY,
        "inf",
    );
    refused(&|a| list(a, "target_ids").ints[0] = 1, "no such leaf");
    refused(&|a| list(a, "target_nodeids").ints[0] = 0, "no such leaf");
    refused(
        &|a| list(a, "nodes_modes").strings[0] = b"BRANCH_MEMBER".to_vec(),
        "BRANCH_MEMBER",
    );
    refused(&|a| a.push(text("aggregate_function", "MAX")), "MAX");
    refused(
        &|a| a.push(text("post_transform", "PROBIT")),
        "post_transform",
    );
    refused(
        &|a| a.push(floats("base_values", &[0.0, 1.0])),
        "2 base values",
    );
}

#[test]
fn version_5_is_read() {
    let tensor = |name: &str, data_type: i32, raw_data: Vec<u8>, len: i64| Attribute {
        name: name.to_owned(),
        kind: 4,
        t: Some(onnx::message::TensorMessage {
            dims: vec![len],
            data_type,
            raw_data,
            ..Default::default()
        }),
        ..Attribute::default()
    };
    let numbers = |name: &str, list: &[f32]| {
        let bytes = list.iter().flat_map(|v| v.to_le_bytes()).collect();
        tensor(name, 1, bytes, list.len() as i64)
    };
    // x[0] <= 7 ? (x[1] > 3 ? 1 : 2) : 4
    let attributes = vec![
        numbers("nodes_splits", &[7.0, 3.0]),
        tensor("nodes_modes", 2, vec![0, 3], 2),
        ints("nodes_featureids", &[0, 1]),
        ints("nodes_truenodeids", &[1, 0]),
        ints("nodes_trueleafs", &[0, 1]),
        ints("nodes_falsenodeids", &[2, 1]),
        ints("nodes_falseleafs", &[1, 1]),
        ints("leaf_targetids", &[0, 0, 0]),
        numbers("leaf_weights", &[1.0, 2.0, 4.0]),
        ints("tree_roots", &[0]),
    ];
    let with = |attributes: Vec<Attribute>| {
        let mut model = Builder::new(&[2]).node("ml.TreeEnsemble", &["x"], "y", attributes);
        model.model.opset_import[1].version = 5;
        model
    };
    for (bytes, expected) in [([7, 4], 1.0), ([0, 3], 2.0), ([8, 200], 4.0)] {
        assert_eq!(
            crate::numbers::output(&with(attributes.clone()), "text-hash-2", &bytes),
            [expected]
        );
    }
    let refused = |name: &str, list: &[i64]| {
        let mut bad = attributes.clone();
        bad.retain(|attribute| attribute.name != name);
        bad.push(ints(name, list));
        let model = with(bad);
        let source = onnx::read(&model.bytes()).unwrap();
        let input = InputRule::plain(&[1, 2]);
        lower(&source, &input).err().expect(name).what
    };
    assert!(refused("tree_roots", &[1]).contains("roots"));
    assert!(refused("nodes_falsenodeids", &[3, 1]).contains("no leaf 3"));
    assert!(refused("nodes_truenodeids", &[0, 0]).contains("cycle"));
    assert!(refused("leaf_targetids", &[0, 1, 0]).contains("no leaf"));
    assert!(refused("nodes_featureids", &[0, 2]).contains("feature 2"));
}

/// The second child of the first tree's root.
fn a_no(attributes: &[Attribute]) -> i64 {
    let list = attributes
        .iter()
        .find(|a| a.name == "nodes_falsenodeids")
        .unwrap();
    list.ints[0]
}
