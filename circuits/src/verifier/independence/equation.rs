//! The equation: what false cells and bits can say, as functions of `ρ` and `η`, and what masks and
//! malformed commitments can add to it, have nothing in common.

use super::*;
use crate::columns::Triple;

/// The values, under one draw of `ρ` and `η`, of everything that a prover is free in for one group.
/// The groups are alike: each has its own power of `w` and of `θ`.
struct Freedom {
    /// Coefficients of every cell `q, r, z` of every item, and of every bit.
    lies: Vec<Fr>,
    /// Coefficients of what the statement does not restrict: every component of the mask's
    /// commitment, the mask's cell, and the component of every view commitment on the mask's
    /// generator.
    strays: Vec<Fr>,
}

fn freedom(verifier: &Verifier, places: usize) -> Freedom {
    let layout = &verifier.layout;
    let (rho, eta) = (random(), random());
    let equation = Equation::new(verifier.classifier(), layout, rho);
    let honest = vec![vec![vec![0]; places]; layout.groups()];
    let y = vec![Fr::ZERO; layout.groups()];
    let instance = equation.clone().instance(layout, eta, &honest, &y);
    let body = layout.body_start()..layout.item_start(places);
    let coefficients = instance.coefficients.iter().flat_map(Triple::iter);
    let mut lies: Vec<Fr> = coefficients
        .flat_map(|column| &column[body.clone()])
        .copied()
        .collect();
    // Row C − 1 is group 0.
    let row = layout.groups() - 1;
    for place in 0..places {
        let mut decisions = honest.clone();
        decisions[0][place] = vec![1];
        let changed = equation.clone().instance(layout, eta, &decisions, &y);
        lies.push(changed.sides[row] - instance.sides[row]);
    }
    let items = layout.groups() * places;
    let weights = opening_weights(Fr::ONE, layout.groups(), items, eta, random());
    let mut strays: Vec<Fr> = equation.input.iter().map(|u| weights[0] * u).collect();
    strays.push(weights[0]);
    // y is absorbed with the same coefficient as the cell of the mask.
    let mut shifted = y.clone();
    shifted[0] = Fr::ONE;
    let changed = equation.clone().instance(layout, eta, &honest, &shifted);
    strays.push(changed.sides[row] - instance.sides[row]);
    strays.extend((0..places).map(|b| weights[layout.groups() * (1 + b)]));
    Freedom { lies, strays }
}

/// Demands that strays and lies meet in nothing, and that no lie is lost: each of the `T + 1`
/// residuals of each item has a dimension of its own.
fn nothing_stray_absorbs_a_lie(verifier: &Verifier, places: usize) {
    let residuals = places * (verifier.classifier().activations() + 1);
    let rows: Vec<Freedom> = (0..residuals + 12)
        .map(|_| freedom(verifier, places))
        .collect();
    let rank_of = |columns: &dyn Fn(&Freedom) -> Vec<Fr>| rank(rows.iter().map(columns).collect());
    let lies = rank_of(&|row| row.lies.clone());
    let strays = rank_of(&|row| row.strays.clone());
    let together = rank_of(&|row| [row.lies.as_slice(), &row.strays].concat());
    println!(
        "{} groups, {} lanes, {places} places: {} cells and bits of rank {lies}, {} strays of \
         rank {strays}, together {together}",
        verifier.layout.groups(),
        verifier.layout.lanes(),
        rows[0].lies.len(),
        rows[0].strays.len(),
    );
    assert_eq!(lies, residuals, "a false relation would go unseen");
    assert_eq!(together, lies + strays, "a stray absorbs a lie");
}

#[test]
fn no_stray_absorbs_a_lie() {
    for dimensions in [
        [11, 11, 1],
        [12, 11, 1],
        [13, 11, 1],
        [12, 11, 2],
        [13, 11, 3],
    ] {
        nothing_stray_absorbs_a_lie(&verifier(dimensions), 3);
    }
}
