//! Requests made to exhaust: every one is refused, or read and looked at as `judge-verify request`
//! does, in 300 MB and the work of 2 seconds on two cores.
//!
//! Each runs in a process of its own, which reports its peak memory and the time that processors
//! spent on it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use duces_kit::mobilenet::{CLASSES, Convolution, MobileNet};
use duces_protocol::bytes::Writer;
use duces_protocol::classifier::limits;
use duces_protocol::request::Request;
use duces_protocol::scrutiny;
use std::fs;
use std::process::Command;

const VARIABLE: &str = "DUCES_TEST_REQUEST";

/// Peak memory of a process in megabytes.
const MEMORY: u64 = 300;

/// Time of all processors in hundredths of a second: two cores for two seconds, and half as much
/// again, because processors that are shared with others take longer.
const TIME: u64 = 600;

/// Bytes of a request, written without the checks of the type that they are to be read into.
struct Hostile {
    input: u32,
    tables: Vec<(i32, Vec<i32>)>,
    nodes: Vec<Vec<u8>>,
}

fn node(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    write(&mut out);
    out.finish()
}

fn step(source: u32, shift: u8, table: u32) -> Vec<u8> {
    node(|out| {
        out.u8(2).u32(source).u8(shift).u32(table);
    })
}

fn linear(len: u32, bias: &[i64], terms: &[(u32, Vec<u8>)]) -> Vec<u8> {
    node(|out| {
        out.u8(1).u32(len).i64s(bias).length(terms.len());
        for (source, map) in terms {
            out.u32(*source).raw(map);
        }
    })
}

fn scale(factor: i32) -> Vec<u8> {
    node(|out| {
        out.u8(1).raw(&factor.to_le_bytes());
    })
}

fn dense(weights: &[i32]) -> Vec<u8> {
    node(|out| {
        out.u8(3).i32s(weights);
    })
}

/// One entry, at a column.
fn pick(column: u32) -> Vec<u8> {
    node(|out| {
        out.u8(4).u32s(&[0, 1]).u32s(&[column]).i32s(&[1]);
    })
}

/// A square kernel over `channels × height × width`, with its usual padding.
struct Layer {
    channels: [u32; 2],
    size: [u32; 2],
    kernel: u32,
    stride: u32,
    groups: u32,
}

impl From<Convolution> for Layer {
    fn from(convolution: Convolution) -> Self {
        let Convolution {
            channels,
            side,
            kernel,
            stride,
            groups,
        } = convolution;
        Self {
            channels,
            size: [side; 2],
            kernel,
            stride,
            groups,
        }
    }
}

impl Layer {
    fn map(&self, weight: impl Fn(u32) -> i32) -> Vec<u8> {
        let ([ins, outs], [height, width], k) = (self.channels, self.size, self.kernel);
        let (stride, pad) = (self.stride, k / 2);
        let count = outs * (ins / self.groups) * k * k;
        node(|out| {
            out.u8(5);
            for number in [ins, height, width, outs, k, k, stride, stride, 1, 1] {
                out.u32(number);
            }
            for number in [pad, pad, pad, pad, self.groups] {
                out.u32(number);
            }
            out.i32s(&(0..count).map(weight).collect::<Vec<_>>());
        })
    }
}

impl Hostile {
    fn new(input: u32) -> Self {
        let tables = vec![(-(1 << 15), (0..1 << 16).map(|i| i >> 15).collect())];
        Self {
            input,
            tables,
            nodes: Vec::new(),
        }
    }

    /// Appends a node and returns its value.
    fn push(&mut self, node: Vec<u8>) -> u32 {
        self.nodes.push(node);
        self.nodes.len() as u32
    }

    /// Decides by the first element of a value, whose range is divided by `2^shift`.
    fn decide(mut self, value: u32, shift: u8) -> Vec<u8> {
        let first = self.push(linear(1, &[], &[(value, pick(0))]));
        self.push(step(first, shift, 0));
        let mut out = Writer::new();
        out.raw(b"duces-request-v1").raw(&[7; 32]);
        out.string(&format!("text-hash-{}", self.input)).u8(0);
        // A public classifier that answers with a match.
        out.string("a rule").raw(&[8; 32]).u8(0);
        out.u32(self.input).length(self.tables.len());
        for (lo, outputs) in &self.tables {
            out.raw(&lo.to_le_bytes()).i32s(outputs);
        }
        out.length(self.nodes.len());
        self.nodes.iter().for_each(|node| {
            out.raw(node);
        });
        out.finish()
    }
}

/// As many scalings of a value as are asked for, one after the other: no weights to speak of.
fn scalings(count: u32, len: u32) -> Vec<u8> {
    let mut hostile = Hostile::new(len);
    for source in 0..count {
        hostile.push(linear(len, &[], &[(source, scale(1))]));
    }
    hostile.decide(count, 0)
}

/// The same, and every element counts.
fn scalings_that_count(count: u32, len: u32) -> Vec<u8> {
    let mut hostile = Hostile::new(len);
    for source in 0..count {
        hostile.push(linear(len, &[], &[(source, scale(1))]));
    }
    let all = dense(&vec![1; len as usize]);
    let sum = hostile.push(linear(1, &[], &[(count, all)]));
    hostile.decide(sum, 16)
}

/// One element of a long value, over and over.
fn picks(nodes: u32) -> Vec<u8> {
    let len = 1 << 20;
    let mut hostile = Hostile::new(len);
    let long = hostile.push(linear(len, &[], &[(0, scale(1))]));
    for i in 0..nodes {
        hostile.push(linear(1, &[], &[(long, pick(i))]));
    }
    hostile.decide(long, 0)
}

/// Sums `Y + c·f(Y)` of one element each.
fn sums(count: u32, factor: impl Fn(u32) -> i32) -> Vec<u8> {
    let mut hostile = Hostile::new(1);
    hostile.push(step(0, 0, 0));
    for i in 0..count {
        let terms = [(0, scale(1)), (1, scale(factor(i)))];
        hostile.push(linear(1, &[], &terms));
    }
    hostile.decide(2, 0)
}

/// A convolution whose rows hold one element: no run is longer.
fn narrow(outs: u32) -> Vec<u8> {
    let layer = Layer {
        channels: [400, outs],
        size: [64, 1],
        kernel: 1,
        stride: 1,
        groups: 1,
    };
    let mut hostile = Hostile::new(400 * 64);
    let terms: Vec<_> = (0..4)
        .map(|_| (0, layer.map(|i| i as i32 % 7 - 3)))
        .collect();
    hostile.push(linear(outs * 64, &[], &terms));
    hostile.decide(1, 8)
}

/// Elements that all have intervals of their own, looked up over and over.
fn varied(tables: u32, sums: i32) -> Vec<u8> {
    let len = 1 << 20;
    let mut hostile = Hostile::new(len);
    let bias: Vec<i64> = (0..i64::from(len)).map(|i| i * 7919 % 30_000).collect();
    let source = hostile.push(linear(len, &bias, &[(0, scale(10))]));
    for _ in 0..tables {
        hostile.push(step(source, 0, 0));
    }
    for factor in 0..sums {
        let terms = [(source, scale(1)), (source + 1, scale(factor))];
        hostile.push(linear(len, &[], &terms));
    }
    hostile.decide(source, 0)
}

/// The same in the largest table, of which little is in a processor's caches.
fn varied_in_a_large_table(lookups: u32, scalings: u32) -> Vec<u8> {
    let len = 1 << 20;
    let mut hostile = Hostile::new(len);
    for source in 0..scalings {
        hostile.push(linear(len, &[], &[(source, scale(1))]));
    }
    hostile.tables = vec![(-(1 << 19), (0..1 << 20).map(|i| i >> 19).collect())];
    let bias: Vec<i64> = (0..i64::from(len)).map(|i| i * 7919 % 14_000).collect();
    let source = hostile.push(linear(len, &bias, &[(scalings, scale(2000))]));
    for _ in 0..lookups {
        hostile.push(step(source, 0, 0));
    }
    hostile.decide(source, 0)
}

/// A file of the largest size.
fn largest() -> Vec<u8> {
    let (inputs, outputs) = (4096, 4079);
    let mut hostile = Hostile::new(inputs);
    let weights: Vec<i32> = (0..inputs * outputs).map(|i| i as i32 % 5 - 2).collect();
    hostile.push(linear(outputs, &[], &[(0, dense(&weights))]));
    hostile.decide(1, 8)
}

/// Five values of 2^20 elements are needed at one time.
fn wide(values: u32) -> Vec<u8> {
    let len = 1 << 20;
    let mut hostile = Hostile::new(len);
    for _ in 1..values - 1 {
        hostile.push(linear(len, &[], &[(0, scale(1))]));
    }
    let terms: Vec<_> = (0..values - 1).map(|i| (i, scale(1))).collect();
    let sum = hostile.push(linear(len, &[], &terms));
    hostile.decide(sum, 0)
}

/// Weights and values so large that every addition must be watched.
fn watched() -> Vec<u8> {
    let len = 1 << 20;
    let mut hostile = Hostile::new(len);
    let mut bias = vec![0; len as usize];
    bias[1] = 1 << 61;
    hostile.push(linear(len, &bias, &[(0, scale(1))]));
    let terms: Vec<_> = (0..60).map(|i| (1, scale(i % 2 * 2 - 1))).collect();
    hostile.push(linear(len, &[], &terms));
    hostile.decide(2, 0)
}

fn terms(nodes: u32, each: u32) -> Vec<u8> {
    let mut hostile = Hostile::new(1);
    for source in 0..nodes {
        let list: Vec<_> = (0..each).map(|_| (source, scale(0))).collect();
        hostile.push(linear(1, &[], &list));
    }
    hostile.decide(nodes, 0)
}

/// Tables of one element, each of which takes a row of the circuit, and more for a long shift.
fn steps(count: u32, shift: u8) -> Vec<u8> {
    let mut hostile = Hostile::new(1);
    for _ in 0..count {
        hostile.push(step(0, shift, 0));
    }
    hostile.decide(1, 0)
}

/// Tables of a value whose rows take the widest batch but for one, and one more.
fn rows(more: u32) -> Vec<u8> {
    let len = 1 << 20;
    let mut hostile = Hostile::new(len);
    let sum = hostile.push(linear(len, &[], &[(0, scale(1))]));
    // 7 · 2,048 rows; then 2,039 of a shift of one limb, and the decision: one of each.
    for _ in 0..7 {
        hostile.push(step(sum, 0, 0));
    }
    let few = hostile.push(linear(1, &[], &[(sum, pick(0))]));
    for _ in 0..2039 + more {
        hostile.push(step(few, 0, 0));
    }
    hostile.decide(sum, 0)
}

/// MobileNet v2 on 224 × 224 pixels: 52 convolutions and the classes, each with a bias for every
/// channel, and cut down by a table, or saturated before.
fn mobilenet(saturated: bool) -> Vec<u8> {
    let mut hostile = Hostile::new(3 * 224 * 224);
    // What lies beyond −128 .. 127 is taken away; then 8 bits are left.
    let beyond = |h: i32| h - h.clamp(-128, 127);
    let whole = -(1 << 15)..1 << 15;
    hostile
        .tables
        .push((-(1 << 15), whole.map(beyond).collect()));
    let relu = (-128..128).map(|h| h.max(0)).collect();
    hostile.tables.push((-128, relu));
    let whole = -(1 << 15)..1 << 15;
    let relu = whole.map(|h: i32| h.clamp(0, 127)).collect();
    hostile.tables.push((-(1 << 15), relu));
    let mut layer = |source: u32, layer: &Layer| {
        let side = |size: u32| (size - 1) / layer.stride + 1;
        let len = layer.channels[1] * side(layer.size[0]) * side(layer.size[1]);
        let bias: Vec<i64> = (0..i64::from(layer.channels[1])).map(|c| c % 9).collect();
        let map = layer.map(|i| (i * 7 % 5) as i32 - 2);
        let y = hostile.push(linear(len, &bias, &[(source, map)]));
        if !saturated {
            return (hostile.push(step(y, 6, 3)), len);
        }
        let x = hostile.push(step(y, 6, 1));
        let terms = [(y, scale(1)), (x, scale(-64))];
        let cut = hostile.push(linear(len, &[], &terms));
        (hostile.push(step(cut, 6, 2)), len)
    };
    let network = MobileNet::new(100);
    let (mut value, mut channels, mut size) = (0, 3, 224);
    for convolution in network.convolutions(224) {
        (value, _) = layer(value, &Layer::from(convolution));
        channels = convolution.channels[1];
        size = convolution.side_out();
    }
    let pool = Layer {
        channels: [channels; 2],
        size: [size; 2],
        kernel: size,
        stride: size,
        groups: channels,
    };
    let (value, len) = layer(value, &pool);
    assert_eq!(len, 1280);
    let classes = Layer {
        channels: [channels, CLASSES],
        size: [1; 2],
        kernel: 1,
        stride: 1,
        groups: 1,
    };
    let (value, len) = layer(value, &classes);
    assert_eq!(len, 1000);
    hostile.decide(value, 0)
}

#[test]
fn every_request_is_refused_or_described_within_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let len = 1 << 20;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("62 scalings of 2^20 elements", scalings(61, len), "read"),
        (
            "64 scalings of 2^20 elements",
            scalings(64, len),
            "elements",
        ),
        (
            "60 scalings that count",
            scalings_that_count(60, len),
            "read",
        ),
        ("60,000 elements of a long value", picks(60_000), "read"),
        ("1,000 sums of one kind", sums(1_000, |_| 1), "read"),
        (
            "2,000 sums of four kinds",
            sums(2_000, |i| i as i32 % 4),
            "read",
        ),
        (
            "900 sums of five kinds",
            sums(900, |i| i as i32 % 5),
            "read",
        ),
        (
            "1,100 sums of five kinds",
            sums(1_100, |i| i as i32 % 5),
            "work",
        ),
        ("narrow rows", narrow(1024), "read"),
        ("more narrow rows", narrow(1300), "work"),
        ("7 tables of 2^20 elements", varied(7, 0), "read"),
        (
            "2^20 elements in a table of 2^20 entries, 7 times",
            varied_in_a_large_table(7, 0),
            "read",
        ),
        (
            "the same after 12 scalings",
            varied_in_a_large_table(7, 12),
            "work",
        ),
        ("9 sums of 2^20 elements", varied(1, 9), "read"),
        ("20 sums of 2^20 elements", varied(1, 20), "work"),
        ("8 tables of 2^20 elements", varied(8, 0), "no layout"),
        ("the largest file", largest(), "read"),
        ("values needed at one time", wide(5), "read"),
        ("too many of them", wide(6), "at one time"),
        ("watched sums", watched(), "read"),
        ("2^16 terms", terms(16, 4095), "read"),
        ("more terms", terms(17, 4095), "terms"),
        ("4,095 tables of one element", steps(4095, 0), "read"),
        (
            "4,095 tables of one element, three rows each",
            steps(4095, 48),
            "read",
        ),
        (
            "16,377 tables of one element",
            steps(16_376, 0),
            "pointwise nodes",
        ),
        ("all rows of the widest batch", rows(0), "read"),
        ("one row more", rows(1), "no layout"),
        ("MobileNet v2", mobilenet(false), "read"),
        ("MobileNet v2, saturated", mobilenet(true), "no layout"),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join("request");
        fs::write(&path, &bytes).unwrap();
        let size = bytes.len();
        drop(bytes);
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "one_request", "--nocapture", "--test-threads=1"])
            .env(VARIABLE, &path)
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&child.stdout).into_owned();
        let line = output
            .lines()
            .find_map(|l| l.strip_prefix("measured "))
            .unwrap();
        let mut parts = line.splitn(3, ' ');
        let mut number = || parts.next().unwrap().parse::<u64>().unwrap();
        let (time, memory) = (number(), number());
        let outcome = parts.next().unwrap();
        println!("{name}: {size} bytes, {time}0 ms of processors, {memory} MB: {outcome}");
        assert!(outcome.contains(expected), "{name}: {outcome}");
        assert!(time <= TIME, "{name}: {time}0 ms");
        assert!(memory <= MEMORY, "{name}: {memory} MB");
    }
}

/// What `judge-verify request` does with a file, in a process of its own. Without a file there is
/// nothing to do: the test above starts it with one.
#[test]
fn one_request() {
    let Some(path) = std::env::var_os(VARIABLE) else {
        return;
    };
    let bytes = fs::read(path).unwrap();
    let outcome = match Request::decode(&bytes) {
        Err(error) => error.to_string(),
        Ok(request) => {
            drop(bytes);
            let work = request.classifier.work();
            assert!(work <= limits::WORK);
            let digests = (request.digest(), request.classifier.digest());
            let warnings = scrutiny::warnings(&request).len();
            assert_ne!(digests.0, digests.1);
            format!("read, {work} units of work, {warnings} warnings")
        }
    };
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = peak.unwrap().trim().trim_end_matches(" kB");
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // User and system time are fields 14 and 15; the second field, in brackets, may hold spaces.
    let fields = stat.rsplit_once(") ").unwrap().1.split(' ');
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .map(|f| f.parse::<u64>().unwrap())
        .sum();
    let megabytes = kilobytes.parse::<u64>().unwrap().div_ceil(1000);
    println!("\nmeasured {ticks} {megabytes} {outcome}");
}
