//! The audit sample (docs/protocol.md section 8, "Audit sample"): which positions are opened in
//! camera, and what opens them.
//!
//! | file | what it is | who writes it |
//! |---|---|---|
//! | `sample.txt` | [`record`]: the [`nonce`] and its source, what was [`draw`]n from, by [`scope`] | the judge |
//! | `sample.csv` | [`sample`]: the positions that it draws | the judge |
//! | `labels.csv` | [`labels`]: what a person says of documents | a reviewer |
//! | `opened.csv` | [`opened`]: what opens each of them | the responding party |
//! | `profile.toml` | the profile that the commitment names | the responding party |
//! | `files/17.pdf` … | the files of the opened positions | the responding party |
//! | `renditions/17.txt` … | their renditions | the responding party |
//!
//! The opened files and salts are for the judge alone; nothing of them is published.

pub mod draw;
pub mod labels;
pub mod nonce;
pub mod opened;
pub mod record;
pub mod sample;
pub mod scope;

/// Names of the files at the top of a folder of opened positions.
pub mod names {
    /// The openings.
    pub const OPENED: &str = "opened.csv";
    /// The profile.
    pub const PROFILE: &str = "profile.toml";
    /// The folder of files.
    pub const FILES: &str = "files";
    /// The folder of renditions.
    pub const RENDITIONS: &str = "renditions";
}
