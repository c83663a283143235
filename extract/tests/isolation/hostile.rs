//! A reader that does what the file's name says.

use duces_extract::worker::Reader;
use duces_extract::{Content, Extraction, Kind, Options, Part, Raster, Reason, Rendition, Role};
use std::hint::black_box;
use std::net::UdpSocket;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub struct Hostile;

/// Files that this process has read.
static READ: AtomicU32 = AtomicU32::new(0);

impl Reader for Hostile {
    fn extract(&self, bytes: &[u8], name: &str, options: &Options) -> Extraction {
        let text = |text: String| Extraction::new(Kind::Text, Ok(Rendition::Text(text)));
        let with = |part| text(String::new()).with_parts(vec![part]);
        let earlier = READ.fetch_add(1, Ordering::Relaxed);
        match name {
            "count" => text(earlier.to_string()),
            "fail unless first" if earlier > 0 => Extraction::unread(Kind::Text, Reason::Damaged),
            "half a second" => {
                let start = Instant::now();
                while start.elapsed() < Duration::from_millis(500) {
                    black_box(bytes);
                }
                text("done".to_owned())
            }
            "talk" => {
                println!("what no answer is");
                text(String::new())
            }
            "panic" => panic!("as the file's name says"),
            "overflow" => text(deeper(0).to_string()),
            "gigabyte" => text(black_box(vec![1_u8; 1 << 30]).len().to_string()),
            "drops of a gigabyte" => {
                let mut drops = Vec::new();
                for number in 0..1 << 20 {
                    drops.push(black_box(vec![number as u8; 1 << 10]));
                }
                text(drops.len().to_string())
            }
            "loop" => loop {
                black_box(bytes);
            },
            "sleep" => loop {
                std::thread::park();
            },
            "too many bytes in parts" => {
                let more = options.limits.unpacked_bytes as usize + 1;
                with(part("x", Content::Bytes(vec![0; more])))
            }
            "a text with NUL" => text("a\0b".to_owned()),
            "a page beyond" => with(part("x", Content::Page(options.limits.pages))),
            "half an image" => {
                let half = Raster {
                    width: 2,
                    height: 2,
                    channels: 1,
                    samples: vec![0, 0],
                };
                Extraction::new(Kind::Png, Ok(Rendition::Image(half)))
            }
            "a long name" => with(part(&"語".repeat(2_000), Content::Unread(Reason::Empty))),
            "reach out" => text(reached()),
            _ => match name.strip_prefix("close ") {
                Some(number) => {
                    let closed = nix::unistd::close(number.parse::<i32>().unwrap());
                    text(format!("{closed:?}"))
                }
                None => text(String::from_utf8(bytes.to_vec()).unwrap()),
            },
        }
    }

    fn page(&self, _: &[u8], _: &str, number: u32, _: &Options) -> Result<Raster, Reason> {
        match number {
            0 => Err(Reason::NotAnImage),
            _ => panic!("there is no such page"),
        }
    }

    fn kind(&self, _: &[u8], _: &str) -> Kind {
        Kind::Text
    }
}

fn part(name: &str, content: Content) -> Part {
    Part {
        name: name.to_owned(),
        role: Role::Entry,
        content,
    }
}

/// Needs more stack with every step, and cannot be turned into a loop.
fn deeper(step: u64) -> u64 {
    let here = black_box([step; 64]);
    if step == u64::MAX {
        return 0;
    }
    deeper(step + 1) + here[(step % 64) as usize]
}

/// What of the world a reader reaches.
fn reached() -> String {
    let outcome = |is_reached| if is_reached { "reached" } else { "refused" };
    [
        (
            "read",
            std::fs::read("/etc/hostname").is_ok() || std::fs::read_dir("/").is_ok(),
        ),
        (
            "write",
            std::fs::write("/tmp/written-by-a-reader", "x").is_ok(),
        ),
        ("connect", UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("start", Command::new("/bin/true").spawn().is_ok()),
    ]
    .map(|(what, is_reached)| format!("{what}: {}", outcome(is_reached)))
    .join(", ")
}
