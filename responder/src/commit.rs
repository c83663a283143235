//! `commit`: list the corpus, read every file once, fill the vault, write the commitment.

mod earlier;
mod exclusions;
mod listing;
mod members;

use crate::cli::CommitArgs;
use crate::corpus;
use crate::figures::Figures;
use crate::vault::writer::VaultWriter;
use crate::vault::{Vault, VaultError};
use crate::{input, passphrase};
use duces_extract::cache::Cache;
use duces_extract::worker::{Isolation, Pool};
use duces_protocol::commitment::{Commitment, Consistency, Origin};
use duces_protocol::exceptions::Exceptions;
use duces_protocol::profile::Profile;
use duces_shell::output::{refuse_existing, remove_parts, write_file};
use duces_shell::{Failure, extractor, say, shown};
use exclusions::Exclusions;
use listing::LoadFile;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

const COMMITMENT: &str = "commitment.txt";
const EXCEPTIONS: &str = "exceptions.csv";
const CONSISTENCY: &str = "consistency.txt";
const VAULT: &str = "vault";
const KEY: &str = "key.age";

/// Runs the command.
///
/// # Errors
/// When an argument is wrong, the corpus has no files, or the vault cannot be written.
pub fn run(args: &CommitArgs) -> Result<(), Failure> {
    let start = Instant::now();
    let plan = Checked::new(args)?;
    let _alone = lock(&plan.matter)?;
    let mut vault = open_vault(&plan, args.force)?;
    let done_before = vault.done();
    let entries = match vault.planned() {
        Some(entries) => entries,
        None => listing::list(&mut vault, &plan).inspect_err(|_| leave_nothing(&plan.matter))?,
    };
    if entries == vault.entries_before() {
        leave_nothing(&plan.matter);
        return Err(no_files(&plan));
    }
    if vault.commitment().is_none() {
        members::store_all(
            &vault,
            &plan.pool,
            plan.exclusions.digests(),
            plan.cache.as_ref(),
            entries,
        )?;
        let order = vault.place_all()?;
        let tree = order
            .root
            .ok_or_else(|| VaultError::Damaged("no leaves".to_owned()))?;
        let (profile, views) = (plan.profile.digest(), plan.profile.views());
        let commitment = Commitment::new(plan.origin.clone(), order.items, tree, profile, views)
            .map_err(VaultError::from)?
            .with_notes(*vault.notes());
        let consistency = order
            .consistency
            .zip(vault.earlier())
            .map(|(proof, earlier)| Consistency {
                earlier: earlier.digest(),
                later: commitment.digest(),
                proof,
            });
        vault.finish(commitment, consistency)?;
    }
    let exceptions = vault.exceptions()?;
    let commitment = vault.commitment().expect("finished above");
    if let Some(proof) = vault.consistency() {
        write_file(&plan.matter.join(CONSISTENCY), proof.as_bytes(), true)?;
    }
    write_file(
        &plan.matter.join(EXCEPTIONS),
        exceptions.to_string().as_bytes(),
        true,
    )?;
    write_file(
        &plan.matter.join(COMMITMENT),
        commitment.to_string().as_bytes(),
        true,
    )?;
    let bytes = fs::metadata(plan.matter.join(VAULT).join("vault.redb")).map_or(0, |m| m.len());
    let figures = Figures::new(
        "commit",
        entries - done_before,
        start.elapsed().as_secs_f64(),
        bytes,
    );
    figures.write(args.json.as_deref(), args.force)?;
    report(&plan, commitment, &exceptions, &figures)
}

/// The checked arguments.
struct Checked {
    corpus: PathBuf,
    matter: PathBuf,
    profile: Profile,
    origin: Origin,
    pool: Pool,
    exclusions: Exclusions,
    load_file: Option<LoadFile>,
    cache: Option<Cache>,
    leave_out: bool,
    /// The vault of the commitment that is extended.
    earlier: Option<Vault>,
    /// Whether a new vault is put under a passphrase.
    passphrase: bool,
    passphrase_file: Option<PathBuf>,
}

impl Checked {
    fn new(args: &CommitArgs) -> Result<Self, Failure> {
        let exclusions = Exclusions::read(args.exclude_digests.as_deref())?;
        let earlier = match &args.append {
            Some(matter) => Some(earlier::open(matter, args, &exclusions)?),
            None => None,
        };
        let named = match (&earlier, &args.profile) {
            (Some(earlier), _) => earlier.profile().clone(),
            (None, Some(profile)) => input::profile(profile)?,
            (None, None) => {
                return Err(Failure::unable(
                    "there is no profile",
                    "give it with --profile",
                ));
            }
        };
        let corpus =
            fs::canonicalize(&args.corpus).map_err(|e| Failure::io("read", &args.corpus, &e))?;
        fs::read_dir(&corpus).map_err(|e| Failure::io("list", &args.corpus, &e))?;
        if corpus::list(&corpus).next().is_none() {
            return Err(Failure::unable(
                format!("there is no file in {}", shown(&args.corpus)),
                "give a folder with documents in it",
            ));
        }
        refuse_existing(&args.out.join(COMMITMENT), args.force)?;
        if let Some(json) = &args.json {
            refuse_existing(json, args.force)?;
        }
        let matter =
            std::path::absolute(&args.out).map_err(|e| Failure::io("use", &args.out, &e))?;
        let Some(place) = place_of(&matter) else {
            return Err(Failure::unable(
                format!(
                    "{} goes through a folder that does not exist",
                    shown(&args.out)
                ),
                "give --out without '..', or make the folders first",
            ));
        };
        if place.starts_with(&corpus) {
            return Err(Failure::unable(
                "MATTER is inside the folder of documents, so it would become part of the commitment",
                "choose another folder for --out",
            ));
        }
        let origin = match (&earlier, &args.origin) {
            (Some(earlier), None) => earlier.commitment().origin().clone(),
            _ => origin(args, &matter)?,
        };
        let load_file = args.load_file.as_deref();
        let load_file = load_file
            .map(|path| LoadFile::read(path, &corpus, &named))
            .transpose()?;
        let (pool, profile) = start_extractor(args, named)?;
        Ok(Self {
            corpus,
            matter,
            profile,
            origin,
            pool,
            exclusions,
            load_file,
            cache: args.cache.as_deref().map(input::cache).transpose()?,
            leave_out: args.leave_out,
            earlier,
            passphrase: args.passphrase,
            passphrase_file: args.passphrase_file.clone(),
        })
    }
}

/// Starts the extractor that the profile names; where it names none, this one's version becomes part of
/// the profile.
fn start_extractor(args: &CommitArgs, named: Profile) -> Result<(Pool, Profile), Failure> {
    let extractor = extractor::agreed(args.extractor.as_deref(), &named)?;
    let profile = named
        .with_extractor_version(extractor.version())
        .map_err(VaultError::from)?;
    let isolation = if args.isolate {
        Isolation::Each
    } else {
        Isolation::Shared
    };
    Ok((Pool::new(extractor, isolation), profile))
}

fn no_files(plan: &Checked) -> Failure {
    let corpus = shown(&plan.corpus);
    match &plan.earlier {
        Some(_) => Failure::unable(
            format!("there is no file in {corpus} that the earlier commitment does not have"),
            "give a folder with further documents, or put them into this one",
        ),
        None => Failure::unable(
            format!("there is no file in {corpus}"),
            "give a folder with documents in it",
        ),
    }
}

/// The deepest folder of a path that exists, with links resolved; `None` when the rest of the path
/// has a `..`.
fn place_of(path: &Path) -> Option<PathBuf> {
    let exists = |part: &Path| Some((fs::canonicalize(part).ok()?, part.to_owned()));
    let (place, part) = path.ancestors().find_map(exists)?;
    let rest = path.strip_prefix(&part).ok()?;
    (!rest.components().any(|part| part == Component::ParentDir)).then_some(place)
}

fn origin(args: &CommitArgs, matter: &Path) -> Result<Origin, Failure> {
    let name = match &args.origin {
        Some(name) => name.clone(),
        None => matter
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    };
    name.parse().map_err(|error| {
        Failure::unable(
            format!("the name of the matter cannot stand in the commitment: {error}"),
            "give a case or request number with --origin",
        )
    })
}

/// Makes MATTER and keeps other `commit` commands out of it until the handle is dropped.
fn lock(matter: &Path) -> Result<File, Failure> {
    let failed = |e: io::Error| Failure::io("make", matter, &e);
    fs::create_dir_all(matter).map_err(failed)?;
    let folder = File::open(matter).map_err(failed)?;
    match folder.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Failure::unable(
            format!("another process is committing to {}", shown(matter)),
            "wait until it has finished",
        )),
        // A file system without locks: the vault's own lock remains.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(folder),
    }
}

/// Makes a vault, or opens the one that an earlier run of the same command left.
fn open_vault(plan: &Checked, force: bool) -> Result<VaultWriter, Failure> {
    let folder = plan.matter.join(VAULT);
    remove_parts(&plan.matter, |name| {
        [COMMITMENT, EXCEPTIONS, CONSISTENCY].contains(&name)
    })?;
    let found = VaultWriter::open(
        &folder,
        &passphrase::asking(plan.passphrase_file.as_deref()),
    );
    if let Err(VaultError::Busy(_)) = &found {
        return Err(found.err().expect("matched above").into());
    }
    if force {
        drop(found);
        discard(&plan.matter)?;
        return create(plan, &folder);
    }
    match found {
        Err(VaultError::Missing(_)) => create(plan, &folder),
        Err(VaultError::Damaged(reason)) => Err(Failure::refused(
            format!("the vault in {} is damaged: {reason}", shown(&folder)),
            "restore it from a copy, or start over with --force",
        )),
        Err(other) => Err(other.into()),
        Ok(vault) => {
            // The list of exclusions stands in the notes once the corpus has been listed.
            let same_list =
                vault.planned().is_none() || vault.notes().exclusions == plan.exclusions.digest();
            let extended = plan.earlier.as_ref().map(Vault::commitment);
            let same = vault.corpus() == &plan.corpus
                && vault.earlier().map(Commitment::digest) == extended.map(Commitment::digest)
                && vault.profile() == &plan.profile
                && vault.origin() == plan.origin.as_str()
                && same_list;
            if same {
                say("continuing where an earlier run stopped")?;
                return Ok(vault);
            }
            Err(Failure::unable(
                format!(
                    "{} holds a vault for another corpus, profile, origin, list of exclusions or earlier \
                     commitment",
                    shown(&folder)
                ),
                "choose another folder for --out, or start over with --force",
            ))
        }
    }
}

fn create(plan: &Checked, folder: &Path) -> Result<VaultWriter, Failure> {
    let (origin, corpus) = (&plan.origin, &plan.corpus);
    Ok(match &plan.earlier {
        Some(earlier) => {
            VaultWriter::extend(folder, earlier, origin, corpus)?;
            VaultWriter::open(folder, &passphrase::asking(plan.passphrase_file.as_deref()))?
        }
        None => {
            let passphrase = match plan.passphrase {
                true => Some(passphrase::new(plan.passphrase_file.as_deref())?),
                false => None,
            };
            VaultWriter::create(folder, &plan.profile, origin, corpus, passphrase.as_ref())?
        }
    })
}

/// Removes what `commit` wrote, the public files first, so that no commitment is left without its
/// vault.
fn discard(matter: &Path) -> Result<(), Failure> {
    let vault = matter.join(VAULT);
    let files = [
        matter.join(COMMITMENT),
        matter.join(EXCEPTIONS),
        matter.join(CONSISTENCY),
        vault.join("vault.redb"),
        vault.join(KEY),
    ];
    for file in files {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::io("remove", &file, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes a vault in which nothing is yet: the corpus was refused.
fn leave_nothing(matter: &Path) {
    // What cannot be removed is found and explained by the next run.
    let _ = fs::remove_file(matter.join(VAULT).join("vault.redb"));
    let _ = fs::remove_file(matter.join(VAULT).join(KEY));
    let _ = fs::remove_dir(matter.join(VAULT));
    let _ = fs::remove_dir(matter);
}

fn report(
    plan: &Checked,
    commitment: &Commitment,
    exceptions: &Exceptions,
    figures: &Figures,
) -> Result<(), Failure> {
    let matter = &plan.matter;
    let vault = matter.join(VAULT);
    say(format_args!("items: {}", commitment.items()))?;
    if let Some(earlier) = plan.earlier.as_ref().map(Vault::commitment) {
        say(format_args!(
            "extends: {}, whose {} positions come first",
            earlier.digest(),
            earlier.items()
        ))?;
    }
    say(format_args!(
        "exceptions: {} (see {EXCEPTIONS})",
        exceptions.list().len()
    ))?;
    let notes = commitment.notes();
    for (what, count) in [
        ("symbolic links, not followed", notes.links),
        ("folders, not listed", notes.folders),
    ] {
        if count > 0 {
            say(format_args!("{what}: {count}"))?;
        }
    }
    say(format_args!("root: {}", commitment.root()))?;
    say(format_args!("commitment: {}", commitment.digest()))?;
    say(format_args!("time: {:.1} s", figures.seconds))?;
    say(format_args!(
        "wrote {}: hand it over",
        shown(&matter.join(COMMITMENT))
    ))?;
    if plan.earlier.is_some() {
        say(format_args!(
            "wrote {}: hand it over too, it shows that nothing of the earlier commitment changed",
            shown(&matter.join(CONSISTENCY))
        ))?;
    }
    say(format_args!(
        "wrote {}: secret, keep it and a copy of it",
        shown(&vault)
    ))
}

#[cfg(test)]
mod tests;
