//! `consistency.txt` `[format-consistency]`: the proof that a commitment extends an earlier one.
//!
//! ```text
//! duces-consistency-v1
//! earlier: 77c0…
//! later: 1d9e…
//! root: 0b6f…
//! root: c4a2…
//! ```
//!
//! * `earlier` and `later` are the digests of the two commitments;
//! * each `root` is that of a subtree, in the order of [`ConsistencyProof`], at least one.
//!
//! Every line ends in one line feed, and each content has one spelling.
//!
//! Not proved: that the later commitment's own positions fit the profile, or that a family of theirs is
//! headed by one of them. Where all leaves are at hand, in a production, both are checked.

use super::{Commitment, digest, field};
use crate::bytes::Malformed;
use crate::digest::Digest;
use crate::tree::ConsistencyProof;
use std::fmt;

const FIRST_LINE: &str = "duces-consistency-v1";

/// The largest file of a proof, in bytes: more than 32 layers need.
pub const MAX_BYTES: usize = 8192;

/// A proof with the digests of the commitments that it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consistency {
    /// The digest of the earlier commitment.
    pub earlier: Digest,
    /// The digest of the later one.
    pub later: Digest,
    /// The roots.
    pub proof: ConsistencyProof,
}

impl Consistency {
    /// Reads the text; `to_string` gives the same text back.
    ///
    /// # Errors
    /// When it is not in canonical form.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > MAX_BYTES {
            return Err(Malformed::new(format!(
                "it is longer than {MAX_BYTES} bytes"
            )));
        }
        let body = text
            .strip_suffix('\n')
            .ok_or_else(|| Malformed::new("its last line is not ended by a line feed"))?;
        let mut lines = body.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(Malformed::new(format!(
                "its first line is not '{FIRST_LINE}'"
            )));
        }
        let earlier = digest(field(lines.next(), "earlier")?)?;
        let later = digest(field(lines.next(), "later")?)?;
        let roots = lines
            .map(|line| digest(field(Some(line), "root")?))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            earlier,
            later,
            proof: ConsistencyProof::new(roots),
        })
    }

    /// Checks that `later` extends `earlier`: it says so, it may, and its tree has the leaves of the
    /// other at their places.
    ///
    /// # Errors
    /// The first of these that is not so.
    pub fn check(&self, earlier: &Commitment, later: &Commitment) -> Result<(), Malformed> {
        if (self.earlier, self.later) != (earlier.digest(), later.digest()) {
            return Err(Malformed::new("the proof is about other commitments"));
        }
        later.check_extends(earlier)?;
        let [old, new] = self.proof.trees(earlier.items(), later.items())?;
        let named = |what: &str| {
            let text = format!("the proof does not lead to the root of the {what} commitment");
            move |_| Malformed::new(text)
        };
        earlier.check_tree(old).map_err(named("earlier"))?;
        later.check_tree(new).map_err(named("later"))
    }
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{FIRST_LINE}\nearlier: {}\nlater: {}",
            self.earlier, self.later
        )?;
        let roots = self.proof.roots();
        roots
            .iter()
            .try_for_each(|root| writeln!(f, "root: {root}"))
    }
}

impl Commitment {
    /// What is public of two commitments one of which extends the other, trees apart: it names the other
    /// as the one that it extends, has more items, the same profile, no fewer links and folders, and
    /// the list of exclusions that the other names, if it names one.
    ///
    /// # Errors
    /// The first of these that is not so.
    pub fn check_extends(&self, earlier: &Self) -> Result<(), Malformed> {
        let claims = [
            (
                self.notes.extends == Some(earlier.digest()),
                "it does not name that commitment as the one that it extends",
            ),
            (
                self.items > earlier.items,
                "it has no more items than the commitment that it extends",
            ),
            (
                self.profile == earlier.profile && self.views == earlier.views,
                "it has another profile than the commitment that it extends",
            ),
            (
                self.notes.links >= earlier.notes.links,
                "it counts fewer links than the commitment that it extends",
            ),
            (
                self.notes.folders >= earlier.notes.folders,
                "it counts fewer folders that were not listed than the commitment that it extends",
            ),
            (
                earlier.notes.exclusions.is_none()
                    || self.notes.exclusions == earlier.notes.exclusions,
                "it names another list of exclusions than the commitment that it extends",
            ),
        ];
        match claims.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, what)) => Err(Malformed::new(*what)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::Notes;
    use crate::tree::{self, Prover, hash_leaf};
    use crate::view::View;

    fn leaves(n: u64) -> Vec<Digest> {
        (0..n).map(|i| hash_leaf(&i.to_le_bytes())).collect()
    }

    fn commitment(leaves: &[Digest], profile: u8, notes: Notes) -> Commitment {
        let views: Vec<View> = vec!["gray-4x4".parse().unwrap()];
        let (items, root) = (leaves.len() as u64, tree::root(leaves.iter().copied()));
        let origin = "a".parse().unwrap();
        Commitment::new(origin, items, root.unwrap(), Digest([profile; 32]), views)
            .unwrap()
            .with_notes(notes)
    }

    fn prove(earlier: &Commitment, later: &Commitment, leaves: &[Digest]) -> Consistency {
        let mut prover = Prover::new(earlier.items(), later.items());
        leaves.iter().for_each(|leaf| prover.push(*leaf));
        Consistency {
            earlier: earlier.digest(),
            later: later.digest(),
            proof: prover.finish(),
        }
    }

    fn notes() -> Notes {
        Notes {
            links: 2,
            folders: 1,
            exclusions: Some(Digest([4; 32])),
            extends: None,
        }
    }

    fn extending(earlier: &Commitment) -> Notes {
        Notes {
            extends: Some(earlier.digest()),
            ..notes()
        }
    }

    #[test]
    fn an_extension_is_shown_and_its_proof_has_one_spelling() {
        let all = leaves(11);
        let earlier = commitment(&all[..5], 9, notes());
        let later = commitment(&all, 9, extending(&earlier));
        let shown = prove(&earlier, &later, &all);
        assert_eq!(shown.check(&earlier, &later), Ok(()));
        let text = shown.to_string();
        assert_eq!(Consistency::parse(&text), Ok(shown));
        assert!(text.len() < MAX_BYTES);
        for other in [
            text.trim_end().to_owned(),
            format!("{text}\n"),
            text.replace("v1", "v2"),
            text.replace("root: ", "root:"),
            text.replace("earlier", "Earlier"),
            text.replace('a', "A"),
            text.replace('\n', "\r\n"),
        ] {
            assert!(Consistency::parse(&other).is_err(), "{other}");
        }
    }

    #[test]
    fn every_claim_is_checked() {
        let all = leaves(11);
        let earlier = commitment(&all[..5], 9, notes());
        let honest = extending(&earlier);
        let refused = |later: &Commitment, leaves: &[Digest]| {
            let shown = prove(&earlier, later, leaves).check(&earlier, later);
            shown.unwrap_err().to_string()
        };
        let with = |change: fn(&mut Notes)| {
            let mut notes = honest;
            change(&mut notes);
            refused(&commitment(&all, 9, notes), &all)
        };
        assert!(with(|notes| notes.links = 1).contains("fewer links"));
        assert!(with(|notes| notes.folders = 0).contains("fewer folders"));
        assert!(with(|notes| notes.exclusions = None).contains("list of exclusions"));
        assert!(with(|notes| notes.extends = None).contains("does not name"));
        let other_profile = commitment(&all, 8, honest);
        assert!(refused(&other_profile, &all).contains("another profile"));
        let as_many = commitment(&all[..5], 9, honest);
        let text = as_many.check_extends(&earlier).unwrap_err().to_string();
        assert!(text.contains("no more items"));
    }

    #[test]
    fn proofs_of_another_tree_are_refused() {
        let all = leaves(11);
        let earlier = commitment(&all[..5], 9, notes());
        let later = commitment(&all, 9, extending(&earlier));
        let honest = prove(&earlier, &later, &all);
        for changed in 0..all.len() {
            let mut other = all.clone();
            other[changed] = hash_leaf(b"another");
            let forged = prove(&earlier, &later, &other);
            let text = forged.check(&earlier, &later).unwrap_err().to_string();
            let which = if changed < 5 { "earlier" } else { "later" };
            assert!(text.contains(which), "{changed}: {text}");
            // The other way round: a commitment to the other tree, with either proof.
            if changed < 5 {
                let later = commitment(&other, 9, extending(&earlier));
                for proof in [&honest.proof, &forged.proof] {
                    let shown = Consistency {
                        later: later.digest(),
                        proof: proof.clone(),
                        ..honest
                    };
                    assert!(shown.check(&earlier, &later).is_err(), "{changed}");
                }
            }
        }
        let other = commitment(&all[..6], 9, notes());
        assert!(honest.check(&other, &later).is_err());
    }
}
