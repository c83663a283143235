//! Processes that serve many files: the same outcomes as alone, and files per second.

use crate::{SMALL, hostile};
use duces_extract::worker::{Budget, Extractor, FILES, Isolation, Pool, walk};
use duces_extract::{Limits, Options, Reason};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

const PROGRAM: &str = env!("CARGO_BIN_EXE_extract");

fn pool(budget: Budget, isolation: Isolation) -> Pool {
    Pool::new(hostile(budget), isolation)
}

/// How many files the process had read that reads this one.
fn earlier(pool: &Pool) -> u32 {
    let count = pool.extract(b"bytes", "count").unwrap();
    count.text().unwrap().parse().unwrap()
}

/// Files that break their process, and files that break what comes after them.
pub fn a_bad_file_costs_itself_only() {
    let short = Budget {
        wall: Duration::from_secs(2),
        ..SMALL
    };
    let alone = hostile(short);
    let pool = pool(short, Isolation::Shared);
    let names = [
        "text",
        "panic",
        "overflow",
        "gigabyte",
        "loop",
        "sleep",
        "too many bytes in parts",
        "a text with NUL",
        "half an image",
        "talk",
        "fail unless first",
        "text",
    ];
    let mut again = 0;
    for name in names {
        let before = earlier(&pool);
        assert!(before > 0 || again == pool.again(), "processes are shared");
        let shared = pool.extract(b"bytes", name).unwrap();
        assert_eq!(shared, alone.extract(b"bytes", name).unwrap(), "{name}");
        again += u64::from(name != "text");
        assert_eq!(pool.again(), again, "{name}");
        if name != "text" {
            assert_eq!(earlier(&pool), 0, "{name}: its process is gone");
        }
    }
    assert_eq!(
        pool.page(b"bytes", "x", 0).unwrap(),
        Err(Reason::NotAnImage)
    );
    assert_eq!(
        pool.page(b"bytes", "x", 1).unwrap(),
        Err(Reason::ReaderFailed)
    );
    assert_eq!(pool.again(), again + 1);
}

pub fn processes_are_replaced() {
    let pool = pool(SMALL, Isolation::Shared);
    for round in 0..2 {
        for number in 0..FILES {
            assert_eq!(earlier(&pool), number, "round {round}");
        }
    }
    assert_eq!(pool.again(), 0);
    // Each half a second of a processor; a process may have one.
    for _ in 0..4 {
        let text = pool.extract(b"bytes", "half a second").unwrap();
        assert_eq!(text.text(), Some("done"));
    }
    assert_eq!(pool.again(), 0, "no process meets its limit");
    let large = vec![b'x'; duces_extract::worker::SHARED_FILE_BYTES + 1];
    let before = earlier(&pool);
    assert!(pool.extract(&large, "text").unwrap().text().is_some());
    assert_eq!(earlier(&pool), before + 1, "a large file is read alone");
    let each = self::pool(SMALL, Isolation::Each);
    assert_eq!([earlier(&each), earlier(&each)], [0, 0]);
}

/// The processes of a thread end with it; another thread goes on.
pub fn threads_come_and_go() {
    let pool = pool(SMALL, Isolation::Shared);
    for _ in 0..5 {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for name in ["text", "panic", "text", "count", "text"] {
                        let extraction = pool.extract(b"bytes", name).unwrap();
                        let expected = if name == "text" { Some("bytes") } else { None };
                        assert!(extraction.text() == expected || name == "count", "{name}");
                    }
                });
            }
        });
        assert_eq!(
            pool.extract(b"bytes", "text").unwrap().text(),
            Some("bytes")
        );
    }
}

fn shared(folder: &str) -> Option<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let path = repository.parent()?.join("shared/data").join(folder);
    if path.is_dir() {
        Some(path)
    } else {
        println!("  skipped: ../shared/data/{folder} is not here");
        None
    }
}

/// All files of a folder and their names, in order.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read(path).unwrap())
    };
    paths.iter().map(read).collect()
}

fn production() -> Extractor {
    let options = Options {
        pages: true,
        limits: Limits::DEFAULT,
    };
    Extractor::start(Path::new(PROGRAM), options, Budget::DEFAULT).unwrap()
}

/// Real documents with all that they hold, through both.
pub fn the_same_families() {
    let Some(folder) = shared("documents") else {
        return;
    };
    let alone = production();
    let pool = Pool::new(production(), Isolation::Shared);
    let mut members = 0;
    for (name, bytes) in files(&folder).into_iter().step_by(4) {
        let expected: Vec<_> = walk(&alone, bytes.clone(), &name)
            .map(Result::unwrap)
            .collect();
        let seen: Vec<_> = walk(&pool, bytes, &name).map(Result::unwrap).collect();
        members += seen.len();
        assert!(seen == expected, "{name}");
    }
    println!(
        "  {members} members, {} of them read again alone",
        pool.again()
    );
    assert!(members > 100);
}

/// Prints files per second on two threads, alone and shared.
pub fn files_per_second() {
    let texts = match shared("enron1/ham") {
        Some(folder) => files(&folder),
        None => vec![("a.txt".to_owned(), b"A few words.\n".repeat(100)); 3_000],
    };
    let rate = |isolation, texts: &[(String, Vec<u8>)]| {
        let pool = Pool::new(production(), isolation);
        let start = Instant::now();
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some((name, bytes)) = texts.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let extraction = pool.extract(bytes, name).unwrap();
                        assert!(extraction.text().is_some(), "{name}");
                    }
                });
            }
        });
        let rate = texts.len() as f64 / start.elapsed().as_secs_f64();
        println!(
            "  {isolation:?}: {} messages, {rate:.0} a second",
            texts.len()
        );
        rate
    };
    let each = rate(Isolation::Each, &texts[..500]);
    let shared = rate(Isolation::Shared, &texts);
    assert!(shared > 3.0 * each, "{shared} and {each} files a second");
}
