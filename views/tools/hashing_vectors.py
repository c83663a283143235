"""Expected answers of scikit-learn for views/tests/hashing.rs, which does not need Python.

    python3 tools/hashing_vectors.py > tests/data/hashing.txt        (in views/, CPython 3.11)

Lines: `vector VIEW hex-of-text bucket:count …`, `digest name sha256`. The digests cover what is too much
to keep: every code point, 20,000 random texts (the generator is repeated in the test), and the
collections beside the repository, where they are present.
"""

import hashlib
import pathlib
import sys

import numpy
from sklearn.feature_extraction.text import HashingVectorizer


def counts(texts, features, ngrams=(1, 1), binary=False):
    model = HashingVectorizer(n_features=features, ngram_range=ngrams, binary=binary,
                              alternate_sign=False, norm=None)
    return numpy.minimum(model.transform(texts).toarray(), 255).astype(numpy.uint8)


def generator(seed):
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


def random_text(draw):
    specials = "\u03a3\u0130.'\u0307_ 9\u00ad\u02b0\u1e9eA"
    spans = [(0x20, 0x7f), (0x80, 0x530), (0x530, 0xd800), (0xe000, 0x10000), (0x10000, 0x20000),
             (0x20000, 0x110000)]
    text = ""
    for _ in range(next(draw) % 40):
        kind = next(draw) % 10
        if kind >= 8:
            text += specials[next(draw) % len(specials)]
        elif kind >= 6:
            text += " "
        else:
            low, high = spans[kind]
            text += chr(low + next(draw) % (high - low))
    return text


def files(folder, suffix):
    return sorted(p for p in folder.rglob("*" + suffix) if p.is_file())


def decode(data):
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        table = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]
        return "".join(table[b] for b in data)


def digest(name, rows):
    print("digest", name, hashlib.sha256(rows.tobytes()).hexdigest())


VECTORS = [
    "", "a", "ab", "A b CC", "Gas flow for 3/15: 12,500 MMBtu!", "snake_case __ _a a_", "it's don't",
    "\u039f\u0394\u039f\u03a3 \u039f\u0394\u039f\u03a3. \u03a3\u03a3 a\u03a3\u03a3b \u0391\u03a3'\u0391 '\u0391\u03a3' \u03a3",
    "\u0130STANBUL D\u0130YARBAKIR I\u0130", "STRASSE Stra\u00dfe \u1e9e\u1e9e", "caf\u00e9 CAFE\u0301",
    "\u65e5\u672c\u8a9e \u4e00 \u4e00\u4e8c", "\u0661\u0662\u0663 \u00bd\u00b2 \u2167\u2168 \u2460\u2461", "\u0915\u094d\u0937\u093f",
    "\U00010400\U00010401 \U0001d400\U0001d401 \U0001f600\U0001f600", "\u10d0\u10d1 \u1c90\u1c91 \u13a0\ua000\uab70",
    "x\u00ady x\u200by x\u200dy", "tab\tnew\nline\u2028sep\u0085nel", "spam " * 300, "\ud7ff\ue000\uffff ab\U0010ffff",
]

VIEWS = [("text-hash-1", 1, (1, 1), False), ("text-hash-7", 7, (1, 1), False),
         ("text-hash-4096", 4096, (1, 1), False), ("text-hash-65536", 65536, (1, 1), False),
         ("text-hash-4096-n1-2", 4096, (1, 2), False), ("text-hash-7-n2-2", 7, (2, 2), False),
         ("text-hash-1000-n1-5-binary", 1000, (1, 5), True),
         ("text-hash-64-binary", 64, (1, 1), True)]

if __name__ == "__main__":
    for text in VECTORS:
        for view, *options in VIEWS:
            row = counts([text], *options)[0]
            pairs = " ".join(f"{i}:{row[i]}" for i in row.nonzero()[0])
            print("vector", view, text.encode().hex() or "-", pairs)
    points = [chr(p) for p in range(0x110000) if not 0xD800 <= p <= 0xDFFF]
    # One text per 64 code points: each alone, doubled, in front of and behind a final sigma.
    texts = ["".join(f" {c}{c} x{c}y {c}\u03a3 A{c}\u03a3 A\u03a3{c}" for c in points[i:i + 64])
             for i in range(0, len(points), 64)]
    digest("every-code-point", counts(texts, 1024))
    draw = generator(1)
    texts = [random_text(draw) for _ in range(20000)]
    digest("random-texts", counts(texts, 997))
    digest("random-texts-ngrams", counts(texts, 997, (1, 2)))
    digest("random-texts-binary", counts(texts, 997, (2, 5), True))
    shared = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "../../shared") / "data"
    if shared.is_dir():
        mails = files(shared / "enron1", ".txt")
        texts = [decode(p.read_bytes()) for p in mails]
        digest("enron1", counts(texts, 4096))
        digest("enron1-ngrams", counts(texts, 4096, (1, 2)))
        # A news message: read as an e-mail, not as a text.
        plain = [p for p in files(shared / "documents", ".txt") if p.name != "testMessageNews.txt"]
        texts = [decode(p.read_bytes()) for p in plain]
        digest("documents", counts(texts, 65536))
        digest("documents-ngrams", counts(texts, 65536, (1, 3), True))
