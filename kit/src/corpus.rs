//! Views with their blinds and commitments.

use duces_protocol::pedersen::{Committer, Generators, ViewBlind, ViewCommitment};

/// Items that the responding party has committed to; each one's position is its place here.
pub struct Corpus {
    /// The views, all of one length.
    pub views: Vec<Vec<u8>>,
    /// A random blind for each.
    pub blinds: Vec<ViewBlind>,
    /// A commitment to each.
    pub commitments: Vec<ViewCommitment>,
}

impl Corpus {
    /// Commits to these views.
    ///
    /// # Panics
    /// When there are none, or their lengths differ.
    #[must_use]
    pub fn new(views: Vec<Vec<u8>>) -> Self {
        let len = views[0].len();
        let blinds: Vec<ViewBlind> = views.iter().map(|_| ViewBlind::random()).collect();
        let pairs: Vec<(&[u8], &ViewBlind)> =
            views.iter().map(Vec::as_slice).zip(&blinds).collect();
        let commitments = Committer::new(&Generators::derive(len), len).commit_many(&pairs);
        Self {
            views,
            blinds,
            commitments,
        }
    }

    /// Views of fixed pseudo-random bytes.
    ///
    /// # Panics
    /// When no items are asked for.
    #[must_use]
    pub fn pseudo_random(view_len: usize, items: usize) -> Self {
        let mut state = 12345u64;
        let mut byte = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        let mut view = || (0..view_len).map(|_| byte()).collect();
        Self::new((0..items).map(|_| view()).collect())
    }

    /// Makes a list of the items; `item` gets position, view, blind and commitment of each.
    pub fn list<'a, T>(
        &'a self,
        item: impl Fn(u64, &'a [u8], &'a ViewBlind, ViewCommitment) -> T,
    ) -> Vec<T> {
        let parts = self.views.iter().zip(&self.blinds).zip(&self.commitments);
        (0..)
            .zip(parts)
            .map(|(position, ((view, blind), commitment))| item(position, view, blind, *commitment))
            .collect()
    }
}
