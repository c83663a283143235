//! The production: what the responding party hands over, file by file (docs/protocol.md section 7,
//! "Production and its verification").
//!
//! | file | what it is |
//! |---|---|
//! | `manifest.json` | [`manifest`]: the commitment and the request that it answers |
//! | `profile.toml` | the profile that the commitment names |
//! | `ledger.bin` | [`ledger`]: leaf and disposition of every position |
//! | `proofs/batch-000000.proof` … | the cryptographic proofs, cut as [`batches`] says |
//! | `natives/EPA0000001.docx` … | the produced files, named as [`bates`] says |
//! | `text/EPA0000001.txt` … | their renditions that are texts |
//! | `images/EPA0000002.png` … | their renditions that are images, with a [`stamp`] below |
//! | `text/…`, `images/…` | a [`redaction`], where it stands in the place of a document |
//! | `openings.csv` | [`openings`]: salts and blinds of what is produced |
//! | `answers.bin` | [`crate::answers`]: classes or scores, where the request asks for them |
//! | `withholding.csv` | [`withholding`]: the basis for each withheld item |
//! | `privilege-log.csv`, `vaughn-index.csv`, both also `.txt` | [`logs`]: the same entries, as courts know them |
//! | `loadfile.dat` | [`load_file`]: Concordance load file |
//! | `loadfile.opt` | [`opticon`]: Opticon load file, for the pages of images |
//! | `sha256sums.txt` | [`sums`]: digests of all the others |
//!
//! Every reader treats its bytes as hostile, and accepts one spelling of each content only.

pub mod batches;
pub mod bates;
pub mod ledger;
pub mod load_file;
pub mod logs;
pub mod manifest;
pub mod openings;
pub mod opticon;
pub mod path;
pub mod redaction;
pub mod stamp;
pub mod sums;
pub mod withholding;

/// Names of the files at the top of a production.
pub mod names {
    /// The manifest.
    pub const MANIFEST: &str = "manifest.json";
    /// The profile.
    pub const PROFILE: &str = "profile.toml";
    /// The ledger.
    pub const LEDGER: &str = "ledger.bin";
    /// The folder of proofs.
    pub const PROOFS: &str = "proofs";
    /// The folder of produced files.
    pub const NATIVES: &str = "natives";
    /// The folder of produced renditions that are texts.
    pub const TEXT: &str = "text";
    /// The folder of produced renditions that are images.
    pub const IMAGES: &str = "images";
    /// The openings.
    pub const OPENINGS: &str = "openings.csv";
    /// The withholding log.
    pub const WITHHOLDING: &str = "withholding.csv";
    /// The entries with a privilege, as CSV.
    pub const PRIVILEGE_LOG: &str = "privilege-log.csv";
    /// The entries with a privilege, as text.
    pub const PRIVILEGE_LOG_TEXT: &str = "privilege-log.txt";
    /// The entries with an exemption, as CSV.
    pub const VAUGHN_INDEX: &str = "vaughn-index.csv";
    /// The entries with an exemption, as text.
    pub const VAUGHN_INDEX_TEXT: &str = "vaughn-index.txt";
    /// The load file.
    pub const LOAD_FILE: &str = "loadfile.dat";
    /// The load file of images.
    pub const IMAGE_FILE: &str = "loadfile.opt";
    /// Classes or scores, where the request asks for them.
    pub const ANSWERS: &str = "answers.bin";
    /// The digests.
    pub const SUMS: &str = "sha256sums.txt";
}
