//! An earlier production as a corpus: its load file says which files belong together.
//!
//! For each row there is an entry: its native file with its text; where it names one of the two alone,
//! that one; where neither, its image. What it names and is not there, and a row that names nothing, is
//! an entry that is missing. Files that no row names are entries as elsewhere.
//!
//! Links are looked up among the files of the folder, from the load file's own folder and from those
//! above it, without regard to case. So none leads out of the folder.

use super::load_file::Row;
use super::{Entry, EntryKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The entries of a corpus that is a production. `folder` is that of its load file, relative to the
/// corpus; `listed` are the entries of the corpus as any folder has them.
pub fn entries(
    rows: &[Row],
    folder: &Path,
    listed: impl Iterator<Item = Entry>,
) -> impl Iterator<Item = Entry> {
    let (mut all, mut files) = (Vec::new(), BTreeMap::new());
    for entry in listed {
        if entry.kind == EntryKind::File {
            files.insert(folded(&entry.path), entry.path.clone());
        }
        all.push(entry);
    }
    let mut named = BTreeSet::new();
    let mut of_rows = Vec::new();
    for row in rows {
        let find = |link: &Option<String>| link.as_ref().map(|link| find(link, folder, &files));
        let (native, text, image) = (find(&row.native), find(&row.text), find(&row.image));
        let before = of_rows.len();
        let mut file = |path: PathBuf, text: Option<PathBuf>| {
            named.extend(text.iter().chain([&path]).cloned());
            of_rows.push(Entry {
                text,
                ..Entry::new(EntryKind::File, path)
            });
        };
        match (&native, &text) {
            (Some(Ok(native)), Some(Ok(text))) => file(native.clone(), Some(text.clone())),
            (Some(Ok(only)), _) | (_, Some(Ok(only))) => file(only.clone(), None),
            _ => {
                if let Some(Ok(image)) = &image {
                    file(image.clone(), None);
                }
            }
        }
        for lost in [native, text, image]
            .into_iter()
            .flatten()
            .filter_map(Result::err)
        {
            of_rows.push(Entry::new(EntryKind::Missing, lost.into()));
        }
        if of_rows.len() == before {
            of_rows.push(Entry::new(EntryKind::Missing, row.id.clone().into()));
        }
    }
    let others = all
        .into_iter()
        .filter(move |entry| !named.contains(&entry.path));
    others.chain(of_rows)
}

/// The file that a link leads to; the link, where there is none.
fn find(link: &str, folder: &Path, files: &BTreeMap<String, PathBuf>) -> Result<PathBuf, String> {
    let parts = link.split('/').filter(|part| !matches!(*part, "" | "."));
    let link_path: PathBuf = parts.collect();
    folder
        .ancestors()
        .find_map(|above| files.get(&folded(&above.join(&link_path))))
        .cloned()
        .ok_or_else(|| link.to_owned())
}

/// A path without regard to case.
fn folded(path: &Path) -> String {
    path.to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(native: &str, text: &str, image: &str) -> Row {
        let link = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Row {
            id: "A-1".to_owned(),
            native: link(native),
            text: link(text),
            image: link(image),
        }
    }

    fn found(rows: &[Row]) -> Vec<(EntryKind, String, Option<String>)> {
        let files = [
            "data/load.dat",
            "natives/A.doc",
            "text/A.txt",
            "text/B.txt",
            "images/1.png",
        ];
        let listed = files.map(|path| Entry::new(EntryKind::File, path.into()));
        entries(rows, Path::new("data"), listed.into_iter())
            .map(|entry| {
                let text = |path: &Path| path.display().to_string();
                (
                    entry.kind,
                    text(&entry.path),
                    entry.text.as_deref().map(text),
                )
            })
            .collect()
    }

    #[test]
    fn a_row_is_its_native_with_its_text_or_what_there_is() {
        let rows = [
            row("NATIVES/a.DOC", "./text/A.txt", ""),
            row("", "Text/b.txt", ""),
            row("", "", "images/1.png"),
        ];
        let file = |path: &str, text: Option<&str>| {
            (EntryKind::File, path.to_owned(), text.map(str::to_owned))
        };
        let expected = [
            file("data/load.dat", None),
            file("natives/A.doc", Some("text/A.txt")),
            file("text/B.txt", None),
            file("images/1.png", None),
        ];
        assert_eq!(found(&rows), expected);
    }

    #[test]
    fn what_is_named_and_not_there_is_missing() {
        let missing = |name: &str| (EntryKind::Missing, name.to_owned(), None);
        let all = found(&[
            row("natives/lost.doc", "text/A.txt", ""),
            row("natives/A.doc", "../../etc/passwd", ""),
            row("", "", ""),
        ]);
        for expected in [
            missing("natives/lost.doc"),
            missing("../../etc/passwd"),
            missing("A-1"),
        ] {
            assert!(all.contains(&expected), "{all:?}");
        }
        assert!(all.contains(&(EntryKind::File, "text/A.txt".to_owned(), None)));
        assert!(all.contains(&(EntryKind::File, "natives/A.doc".to_owned(), None)));
        // All files of the folder are there, named or not.
        assert_eq!(all.len(), 5 + 3);
    }
}
