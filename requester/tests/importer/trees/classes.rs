//! Classes and labels of tree ensembles.

use super::*;

#[test]
fn classifiers_with_many_classes_and_ties() {
    let data = views(FEATURES, 300);
    let mut grower = Grower {
        seed: 9,
        modes: &ALL_MODES[..4],
        classes: 3,
    };
    let mut trees: Vec<_> = (0..6).map(|_| grower.tree(4)).collect();
    // Votes: sums that are equal must stay equal, the lower index wins.
    for node in trees.iter_mut().flatten() {
        let winner = node.feature % 3;
        node.weights = (0..3)
            .map(|class| if class == winner { 0.1 } else { 0.0 })
            .collect();
    }
    let mut attributes = attributes(&trees, "class");
    attributes.push(ints("classlabels_int64s", &[4, 5, 6]));
    let model = Builder::new(&[FEATURES as i64]).node(
        "ml.TreeEnsembleClassifier",
        &["x"],
        "label y",
        attributes,
    );
    let mut ties = 0;
    for (class, rule) in ["label = 4", "label = 5", "argmax = 2"].iter().enumerate() {
        let mut model = model.clone();
        let extra = onnx::message::ValueInfo {
            name: "label".to_owned(),
            ..model.graph().output[0].clone()
        };
        model.graph().output.insert(0, extra);
        let draft = draft(&model, rule).unwrap();
        for x in &data {
            let votes: Vec<i64> = (0..3)
                .map(|c| (score(&trees, c, x) * 10.0).round() as i64)
                .collect();
            let best = *votes.iter().max().unwrap();
            ties += usize::from(votes.iter().filter(|&&v| v == best).count() > 1);
            let winner = votes.iter().position(|&v| v == best);
            assert_eq!(
                draft.quantised.classifier.matches(x),
                winner == Some(class),
                "{votes:?}"
            );
        }
    }
    assert!(ties > 100, "{ties}");
}

#[test]
fn classes_that_leaves_leave_out() {
    let leaves = |classes: &[usize], weights: [f32; 2]| {
        let names: Vec<i64> = (0..classes.iter().max().unwrap() + 1)
            .map(|c| c as i64)
            .collect();
        let attributes = vec![
            ints("nodes_treeids", &[0, 0, 0]),
            ints("nodes_nodeids", &[0, 1, 2]),
            ints("nodes_featureids", &[3, 0, 0]),
            texts("nodes_modes", &["BRANCH_LEQ", "LEAF", "LEAF"]),
            floats("nodes_values", &[10.0, 0.0, 0.0]),
            ints("nodes_truenodeids", &[1, 0, 0]),
            ints("nodes_falsenodeids", &[2, 0, 0]),
            ints("class_treeids", &[0, 0]),
            ints("class_nodeids", &[1, 2]),
            ints(
                "class_ids",
                &classes.iter().map(|&c| c as i64).collect::<Vec<_>>(),
            ),
            floats("class_weights", &weights),
            ints("classlabels_int64s", &names),
        ];
        let model = Builder::new(&[FEATURES as i64]).node(
            "ml.TreeEnsembleClassifier",
            &["x"],
            "label y",
            attributes,
        );
        draft(&model, "output[1] >= 0.5")
            .err()
            .map(|refusal| refusal.what)
    };
    assert_eq!(leaves(&[1, 2], [0.5, 1.0]), None);
    for (classes, weights) in [([0, 1], [0.5, 1.0]), ([1, 2], [-0.5, 1.0])] {
        let what = leaves(&classes, weights).expect("it is refused");
        assert!(what.contains("leave out classes"), "{what}");
    }
}

#[test]
fn one_column_of_weights_for_two_classes() {
    let stump = |weights: [f32; 2]| {
        let node = |mode, weight: f32| Node {
            mode,
            feature: 3,
            threshold: 10.0,
            yes: 1,
            no: 2,
            weights: vec![weight],
        };
        let trees = [vec![
            node("BRANCH_LEQ", 0.0),
            node("LEAF", weights[0]),
            node("LEAF", weights[1]),
        ]];
        let mut attributes = attributes(&trees, "class");
        attributes.push(ints("classlabels_int64s", &[0, 1]));
        attributes
    };
    let outputs = |attributes: Vec<Attribute>| {
        let model = Builder::new(&[FEATURES as i64]).node(
            "ml.TreeEnsembleClassifier",
            &["x"],
            "label y",
            attributes,
        );
        [0u8, 20].map(|byte| {
            crate::numbers::output(&model, "text-hash-16", &[byte; FEATURES])
                .iter()
                .map(|p| (p * 1000.0).round() / 1000.0)
                .collect::<Vec<_>>()
        })
    };
    // As onnxruntime gives them.
    assert_eq!(outputs(stump([0.25, 0.75])), [[0.75, 0.25], [0.25, 0.75]]);
    assert_eq!(
        outputs(stump([-0.25, 0.75])),
        [[0.25, -0.25], [-0.75, 0.75]]
    );
    let mut logistic = stump([0.25, -0.75]);
    logistic.push(text("post_transform", "LOGISTIC"));
    assert_eq!(outputs(logistic), [[0.438, 0.562], [0.679, 0.321]]);
}
