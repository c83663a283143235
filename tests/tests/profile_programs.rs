//! Programs that a profile names for some types, from the commitment to the verdict: one that is always
//! there, and Tesseract where it is installed.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::commitment::Commitment;
use duces_tests::corpora::shared;
use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::fs;
use std::path::Path;
use std::process::Command;

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_programs"))
}

/// The first line that a program prints for `--version`.
fn version(program: &str) -> String {
    let output = Command::new(program).arg("--version").output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    text.lines().next().unwrap().trim().to_owned()
}

/// The words of a report, line ends apart.
fn words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Reviews, proves and produces, and has the production judged without and with the program.
fn judged(matter: &Matter, folder: &str) -> [String; 2] {
    let _ = matter.run(&SMALL.review()).done();
    assert_eq!(matter.matches(&SMALL).len(), 1, "{folder}");
    let _ = matter.run(&SMALL.prove()).done();
    let produce = SMALL.produce().replace("--withhold small-log.csv ", "");
    let _ = matter.run(&produce).done();
    let judge = SMALL.judge("small-production");
    [judge.clone(), format!("{judge} --profile-programs")].map(|line| {
        let outcome = matter.run(&line).done();
        assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
        words(&outcome.stdout)
    })
}

const NOT_RUN: &str = "NOT compared with its file (read by a program of the profile that did not run \
                       here: 1)";
const CONFIRMED: &str = "1 confirmed, 0 different, 0 not compared";

/// `tr` writes a text with other letters: only what it writes has the word.
#[test]
fn a_program_reads_its_types_and_the_judge_runs_it_if_asked() {
    const TR: &str = "/usr/bin/tr";
    let matter = Matter::new(programs());
    fs::create_dir(matter.path("files")).unwrap();
    fs::write(matter.path("files/a.txt"), "a xischarge").unwrap();
    fs::write(matter.path("files/b.txt"), "another memo").unwrap();
    let profile = |version: &str| {
        format!(
            "[views]\ntexts = [\"text-hash-64\"]\n[extract.programs.letters]\n\
             command = [\"{TR}\", \"x\", \"d\"]\nversion = \"{version}\"\ntypes = [\"text/plain\"]\n"
        )
    };
    fs::write(matter.path("small.toml"), profile("tr 0.0")).unwrap();
    matter
        .run("responder commit files --profile small.toml --out matter")
        .failed(2, "and the profile names tr 0.0");
    small::commit_under(&matter, &profile(&version(TR)), "files", 1);
    let [without, with] = judged(&matter, "files");
    assert!(without.contains(NOT_RUN), "{without}");
    assert!(with.contains(CONFIRMED), "{with}");
    // Its text is kept: the file says something else.
    let text = fs::read_to_string(matter.path("small-production/text/SMALL0000001.txt"));
    assert_eq!(text.unwrap(), "a discharge");
}

/// From the commitment to `scans` to the verdict on a request for the word of its one scan.
fn finds_quick(matter: &Matter, profile: &str) {
    small::commit_under(matter, profile, "scans", 1);
    let text = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    let commitment = Commitment::parse(&text).unwrap().digest();
    let request = duces_kit::request::for_word(commitment, "quick", 1);
    fs::write(matter.path("small.request"), request.encode()).unwrap();
    let [without, with] = judged(matter, "scans");
    assert!(without.contains(NOT_RUN), "{without}");
    assert!(with.contains(CONFIRMED), "{with}");
    let text = fs::read_to_string(matter.path("small-production/text/SMALL0000001.txt"));
    let text = text.unwrap();
    println!("{text}");
    assert!(text.contains("quick"), "{text}");
}

#[test]
fn tesseract_reads_a_scan_from_commitment_to_verdict() {
    const TESSERACT: &str = "/usr/bin/tesseract";
    let scan = shared().map(|folder| folder.join("data/documents/testOCR_spacing.png"));
    let (true, Some(Ok(scan))) = (Path::new(TESSERACT).exists(), scan.map(fs::read)) else {
        println!("skipped: no Tesseract in /usr/bin, or ../shared is not here");
        return;
    };
    let scan = image::load_from_memory(&scan).unwrap().to_luma8();
    let matter = Matter::new(programs());
    fs::create_dir(matter.path("scans")).unwrap();
    scan.save(matter.path("scans/page.tif")).unwrap();
    fs::write(matter.path("scans/memo.txt"), "another memo").unwrap();
    let profile = format!(
        "[views]\ntexts = [\"text-hash-64\"]\n[extract.programs.ocr]\n\
         command = [\"{TESSERACT}\", \"{{input}}\", \"stdout\", \"-l\", \"eng\"]\n\
         version = \"{}\"\ntypes = [\"image/png\", \"image/tiff\"]\n",
        version(TESSERACT)
    );
    println!("{}", version(TESSERACT));
    finds_quick(&matter, &profile);
}

/// A document whose one page is a scan, as PDF: at 300 dots an inch, uncompressed.
fn scanned(scan: &image::GrayImage) -> Vec<u8> {
    let (width, height) = scan.dimensions();
    let [across, up] = [width, height].map(|dots| dots * 72 / 300);
    let content = format!("q {across} 0 0 {up} 0 0 cm /I Do Q");
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {across} {up}] /Contents 4 0 R \
         /Resources << /XObject << /I 5 0 R >> >> >>"
    );
    let image = format!(
        "<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 8 \
         /ColorSpace /DeviceGray /Length {} >>\nstream\n",
        scan.as_raw().len()
    );
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        page.into_bytes(),
        format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        )
        .into_bytes(),
        [image.as_bytes(), scan.as_raw(), b"\nendstream"].concat(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        table += &format!("{:010} 00000 n \n", file.len());
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let place = file.len();
    let trailer = format!("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{place}\n%%EOF\n");
    file.extend([table, trailer].concat().into_bytes());
    file
}

/// A scanned page of a PDF has words only for a program that reads the whole PDF: here one that draws its
/// page and hands it to Tesseract.
#[test]
fn tesseract_reads_a_scanned_page_of_a_pdf_from_commitment_to_verdict() {
    let tools = ["/bin/bash", "/usr/bin/tesseract", "/usr/bin/pdftoppm"];
    let scan = shared().map(|folder| folder.join("data/documents/testOCR_spacing.png"));
    let here = tools.iter().all(|tool| Path::new(tool).exists());
    let (true, Some(Ok(scan))) = (here, scan.map(fs::read)) else {
        println!("skipped: no bash, Tesseract or pdftoppm, or ../shared is not here");
        return;
    };
    let scan = image::load_from_memory(&scan).unwrap().to_luma8();
    let matter = Matter::new(programs());
    fs::create_dir(matter.path("scans")).unwrap();
    fs::write(matter.path("scans/scan.pdf"), scanned(&scan)).unwrap();
    fs::write(matter.path("scans/memo.txt"), "another memo").unwrap();
    small::commit(&matter, "scans", 1);
    let exceptions = fs::read_to_string(matter.path("matter/exceptions.csv")).unwrap();
    assert!(exceptions.contains("no-text"), "{exceptions}");
    fs::remove_dir_all(matter.path("matter")).unwrap();
    fs::remove_file(matter.path("small.request")).unwrap();

    let profile = format!(
        "[views]\ntexts = [\"text-hash-64\"]\n[extract.programs.ocr]\n\
         command = [\"/bin/bash\", \"-c\", \
         \"pdftoppm -singlefile -r 300 -gray -png - | tesseract stdin stdout -l eng\"]\n\
         version = \"{}\"\ntypes = [\"application/pdf\"]\n",
        version("/bin/bash")
    );
    finds_quick(&matter, &profile);
}
