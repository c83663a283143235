//! Stretches of positions: those of each earlier commitment that the judge gave, and the rest.
//!
//! Positions `0 .. m` of a commitment that extends one over `m` positions must be those of the other:
//! the same leaves, and with them families, exceptions and their reasons. No family reaches over such a
//! border. What a commitment counts of its positions must be what their leaves say.
//!
//! Without it these lies become possible: something of an earlier commitment was changed or left out
//! when it was extended; a later document is made a member of an earlier family; fewer links, folders
//! or exclusions are stated than there are.

use crate::fault::Fault;
use duces_protocol::commitment::{Commitment, Notes};
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::Status;
use duces_protocol::production::names;
use duces_protocol::tree::TreeBuilder;

/// The commitments that end at each border, ascending; the last is the one that is checked.
pub struct Stretches<'a> {
    commitments: Vec<&'a Commitment>,
    /// How many borders are behind.
    passed: usize,
    counted: Counted,
}

/// What leaves say that a commitment states.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Counted {
    links: u64,
    folders: u64,
    excluded: u64,
}

impl<'a> Stretches<'a> {
    /// Of a commitment and earlier ones, in any order, each of which the next one extends.
    pub fn new(commitment: &'a Commitment, earlier: &'a [Commitment]) -> Result<Self, Fault> {
        let mut commitments: Vec<&Commitment> = earlier.iter().collect();
        commitments.sort_by_key(|commitment| commitment.items());
        commitments.push(commitment);
        for pair in commitments.windows(2) {
            let [earlier, later] = pair else { continue };
            later.check_extends(earlier).map_err(|error| {
                let place = format!("the commitment of digest {}", later.digest());
                Fault::new(place, error)
            })?;
        }
        Ok(Self {
            commitments,
            passed: 0,
            counted: Counted::default(),
        })
    }

    /// Takes the leaf of the next position, which has entered the tree.
    pub fn take(
        &mut self,
        position: u64,
        status: Status,
        family: u64,
        tree: &TreeBuilder,
    ) -> Result<(), Fault> {
        if self.stretch(family) != self.stretch(position) {
            let what = "its family is headed by a position of another commitment";
            return Err(Fault::new(format!("position {position}"), what));
        }
        match status {
            Status::Exception(Reason::SymbolicLink) => self.counted.links += 1,
            Status::Exception(Reason::UnlistedFolder) => self.counted.folders += 1,
            Status::Exception(Reason::Excluded) => self.counted.excluded += 1,
            _ => {}
        }
        let ends = self.commitments.get(self.passed);
        match ends.filter(|ends| ends.items() == position + 1) {
            Some(ends) => {
                self.passed += 1;
                check(ends, tree, self.counted)
            }
            None => Ok(()),
        }
    }

    /// Ends with the last position. A border that was not reached is a commitment whose root nothing was
    /// compared with.
    pub fn finish(self) -> Result<(), Fault> {
        match self.commitments.get(self.passed) {
            None => Ok(()),
            Some(missed) => {
                let what = format!("it ends before position {}", missed.items() - 1);
                Err(Fault::new(names::LEDGER, what))
            }
        }
    }

    fn stretch(&self, position: u64) -> usize {
        self.commitments
            .partition_point(|commitment| commitment.items() <= position)
    }
}

/// The leaves so far are those of the commitment, and say what it counts.
fn check(commitment: &Commitment, tree: &TreeBuilder, counted: Counted) -> Result<(), Fault> {
    let root = tree.clone().finish();
    let root = root.ok_or_else(|| Fault::new(names::LEDGER, "it has no items"))?;
    commitment
        .check_tree(root)
        .map_err(|error| Fault::new(names::LEDGER, error))?;
    let Notes {
        links,
        folders,
        exclusions,
        ..
    } = *commitment.notes();
    let stated = [
        ("symbolic links", links, counted.links),
        ("folders that were not listed", folders, counted.folders),
    ];
    for (what, stated, counted) in stated {
        if stated != counted {
            let what = format!("the commitment states {stated} {what}, its leaves {counted}");
            return Err(Fault::new(names::LEDGER, what));
        }
    }
    if exclusions.is_none() && counted.excluded > 0 {
        let what = "its leaves have exclusions, and the commitment names no list of them";
        return Err(Fault::new(names::LEDGER, what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::digest::Digest;
    use duces_protocol::leaf::LeafFields;
    use duces_protocol::view::View;

    /// A leaf: its status and family.
    type Leaf = (Status, u64);

    const LINK: Status = Status::Exception(Reason::SymbolicLink);
    const FOLDER: Status = Status::Exception(Reason::UnlistedFolder);
    const EXCLUDED: Status = Status::Exception(Reason::Excluded);

    fn tree(leaves: &[Leaf]) -> TreeBuilder {
        let mut tree = TreeBuilder::new();
        for ((status, family), position) in leaves.iter().zip(0..) {
            let fields = LeafFields {
                status: *status,
                family: *family,
                file: Digest([1; 32]),
                rendition: None,
            };
            tree.push(fields.hash(position, std::iter::empty()));
        }
        tree
    }

    fn commitment(leaves: &[Leaf], notes: Notes) -> Commitment {
        let views: Vec<View> = vec!["gray-4x4".parse().unwrap()];
        let (n, root) = (leaves.len() as u64, tree(leaves).finish().unwrap());
        let origin = "a".parse().unwrap();
        let commitment = Commitment::new(origin, n, root, Digest([9; 32]), views);
        commitment.unwrap().with_notes(notes)
    }

    fn walk(
        leaves: &[Leaf],
        commitment: &Commitment,
        earlier: &[Commitment],
    ) -> Result<(), String> {
        let text = |fault: Fault| format!("{}: {}", fault.place, fault.what);
        let mut stretches = Stretches::new(commitment, earlier).map_err(text)?;
        for ((status, family), position) in leaves.iter().zip(0..) {
            let upto = &leaves[..=usize::try_from(position).unwrap()];
            stretches
                .take(position, *status, *family, &tree(upto))
                .map_err(text)?;
        }
        stretches.finish().map_err(text)
    }

    fn leaves() -> Vec<Leaf> {
        vec![
            (LINK, 0),
            (Status::Item, 2),
            (Status::Item, 2),
            (EXCLUDED, 3),
            (FOLDER, 4),
            (LINK, 5),
            (Status::Item, 6),
        ]
    }

    fn list() -> Option<Digest> {
        Some(Digest([3; 32]))
    }

    /// Commitments to the first 3, the first 4 and all leaves.
    fn chain(leaves: &[Leaf]) -> [Commitment; 3] {
        let notes = Notes {
            links: 1,
            ..Notes::default()
        };
        let first = commitment(&leaves[..3], notes);
        let notes = Notes {
            exclusions: list(),
            extends: Some(first.digest()),
            ..notes
        };
        let second = commitment(&leaves[..4], notes);
        let notes = Notes {
            links: 2,
            folders: 1,
            exclusions: list(),
            extends: Some(second.digest()),
        };
        let third = commitment(leaves, notes);
        [first, second, third]
    }

    #[test]
    fn a_chain_of_extensions_passes() {
        let leaves = leaves();
        let [first, second, third] = chain(&leaves);
        assert_eq!(walk(&leaves, &third, &[]), Ok(()));
        assert_eq!(walk(&leaves, &third, std::slice::from_ref(&second)), Ok(()));
        assert_eq!(walk(&leaves, &third, &[second, first]), Ok(()));
    }

    #[test]
    fn a_root_that_was_not_compared_is_refused() {
        let all = leaves();
        let [_, _, third] = chain(&all);
        for end in 0..all.len() {
            let text = walk(&all[..end], &third, &[]).unwrap_err();
            assert!(text.contains("ends before position 6"), "{text}");
        }
    }

    #[test]
    fn what_is_not_extended_is_refused() {
        let leaves = leaves();
        let [first, second, third] = chain(&leaves);
        // The first is not the one that the third extends.
        let text = walk(&leaves, &third, std::slice::from_ref(&first)).unwrap_err();
        assert!(text.contains("does not name"), "{text}");
        let text = walk(&leaves, &second, std::slice::from_ref(&third)).unwrap_err();
        assert!(text.contains("does not name"), "{text}");
        // Each leaf of the earlier stretch, changed.
        for changed in 0..3 {
            let mut other = leaves.clone();
            other[changed].0 = Status::Exception(Reason::Damaged);
            let notes = Notes {
                extends: Some(first.digest()),
                exclusions: list(),
                links: 2,
                folders: 1,
            };
            let later = commitment(&other, notes);
            let text = walk(&other, &later, std::slice::from_ref(&first)).unwrap_err();
            assert!(text.contains("do not hash to the root"), "{text}");
        }
    }

    #[test]
    fn a_family_over_the_border_is_refused() {
        let mut leaves = leaves();
        leaves[6].1 = 0;
        let [_, second, third] = chain(&leaves);
        assert_eq!(walk(&leaves, &third, &[]), Ok(()));
        let text = walk(&leaves, &third, &[second]).unwrap_err();
        assert!(text.contains("position 6"), "{text}");
    }

    #[test]
    fn counts_that_the_leaves_do_not_say_are_refused() {
        let leaves = leaves();
        let honest = Notes {
            links: 2,
            folders: 1,
            exclusions: list(),
            extends: None,
        };
        let with = |change: fn(&mut Notes)| {
            let mut notes = honest;
            change(&mut notes);
            walk(&leaves, &commitment(&leaves, notes), &[])
        };
        assert_eq!(with(|_| {}), Ok(()));
        assert!(with(|notes| notes.links = 1).is_err());
        assert!(with(|notes| notes.links = 3).is_err());
        assert!(with(|notes| notes.folders = 0).is_err());
        assert!(with(|notes| notes.exclusions = None).is_err());
    }
}
