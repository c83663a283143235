"""Word recall of the extractor against readers of others.

    python3 extract/recall.py FOLDER PROGRAM

reads the PDF, DOCX, ODT and RTF files of FOLDER with PROGRAM (target/release/extract) and with
pdftotext (poppler-utils), python-docx, odfpy and striprtf, as far as these are installed. The recall of a
file is the share of the other reader's words, each as often as it has it, that the extractor has too; a
word is two letters or digits or more, in lower case. Files that either reader gives no words of are left
out, and counted. Printed are the mean over the files of a type, the share over all words, and the files
below 0.9.
"""

import collections
import pathlib
import re
import subprocess
import sys
import tempfile

WORD = re.compile(r"[^\W_]{2,}")


def words(text):
    return collections.Counter(WORD.findall(text.replace("\u00ad", "").lower()))


def pdf(path):
    done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, timeout=120)
    return done.stdout.decode("utf-8", "replace").replace("\u00ad\n", "").replace("-\n", "")


def docx(path):
    import docx as reader

    document = reader.Document(str(path))
    parts = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        parts += [cell.text for row in table.rows for cell in row.cells]
    return "\n".join(parts)


def odt(path):
    from odf import opendocument, teletype, text

    document = opendocument.load(str(path))
    kinds = (text.P, text.H)
    found = [node for kind in kinds for node in document.getElementsByType(kind)]
    return "\n".join(teletype.extractText(node) for node in found)


def rtf(path):
    from striprtf.striprtf import rtf_to_text

    return rtf_to_text(path.read_bytes().decode("latin-1"), errors="ignore")


READERS = {".pdf": pdf, ".docx": docx, ".odt": odt, ".rtf": rtf}


def own(program, path):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        subprocess.run([program, str(path), "--out", str(out)], capture_output=True, timeout=300)
        return "\n".join(
            file.read_text("utf-8") for file in sorted(out.glob("000001-*.txt"))
        )


def main():
    folder, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    for end, reader in READERS.items():
        shares, low, left_out, of_all, found = [], [], 0, 0, 0
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() != end:
                continue
            try:
                theirs = words(reader(path))
            except ImportError as error:
                print(f"{end}: not measured: {error}")
                break
            except Exception:
                theirs = words("")
            ours = words(own(program, path))
            if not theirs or not ours:
                left_out += 1
                continue
            both = sum((theirs & ours).values())
            share = both / sum(theirs.values())
            shares.append(share)
            of_all += sum(theirs.values())
            found += both
            if share < 0.9:
                low.append(f"{path.name} {share:.2f}")
        if shares:
            mean = sum(shares) / len(shares)
            print(
                f"{end}: {len(shares)} files, mean {mean:.3f}, over all words {found / of_all:.3f}, "
                f"left out {left_out}"
            )
            for line in low:
                print(f"    {line}")


main()
