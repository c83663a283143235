"""Makes the productions of this folder: a convolutional network, public and sealed, for matches and for classes;
a sealed linear model, for matches and for scores.

    cargo build --workspace --bins
    python3 judge-page/tests/more/make.py target/debug

With names behind the folder of the programs it makes these alone; the others are deleted.
Needs numpy and onnx. Salts, blinds and proofs are fresh in every run; nothing else changes. Like a frozen
production, they are made again only when a format that was not released has changed.
"""

import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

HERE = Path(__file__).resolve().parent
PROFILE = '[views]\nimages = ["gray-8x8"]\ntexts = ["text-hash-64"]\n'
RANDOM = np.random.default_rng(8)


def png(pixels):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    height, width = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write_corpus(folder):
    """Five pictures with a bright bar across or down, and four notes."""
    folder.mkdir()
    for number in range(5):
        pixels = RANDOM.integers(0, 60, (8, 8), dtype=np.uint8)
        if number % 2:
            pixels[number] += 180
        else:
            pixels[:, number + 1] += 180
        (folder / f"bar{number}.png").write_bytes(png(pixels))
    for number, text in enumerate(["the pump house", "a permit for the pump", "lunch on Friday", "parking"]):
        (folder / f"note{number}.txt").write_text(f"Note {number}: {text}.\n")


def model(path, nodes, shape, outputs, weights):
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", outputs])],
        [numpy_helper.from_array(np.array(value, dtype=np.float32), name) for name, value in weights.items()],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def convolutional(path):
    """A bar across, or one down: two kernels, a ReLU each, the sums against each other."""
    across, down = np.zeros((3, 3)), np.zeros((3, 3))
    across[1], across[0], across[2] = 2, -1, -1
    down[:, 1], down[:, 0], down[:, 2] = 2, -1, -1
    nodes = [
        helper.make_node("Conv", ["x", "k", "c"], ["a"], pads=[1, 1, 0, 0], strides=[1, 2]),
        helper.make_node("Relu", ["a"], ["r"]),
        helper.make_node("Flatten", ["r"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "b"], ["y"]),
    ]
    # Eight rows and four columns of the two channels.
    half = np.ones(28)
    weights = {
        "k": [[across], [down]],
        "c": [-0.3, -0.3],
        "w": np.concatenate([np.stack([half, -half], 1), np.stack([-half, half], 1)]),
        # So that both answers occur among the pictures of the corpus.
        "b": [0, 6],
    }
    model(path, nodes, [1, 8, 8], 2, weights)


def linear(path):
    """Whether a note is short."""
    from_words = np.full((64, 1), -0.5)
    nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["y"])]
    model(path, nodes, [64], 1, {"w": from_words, "b": [2.4]})


def main():
    programs = Path(sys.argv[1])

    def run(program, *arguments):
        subprocess.run([programs / program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        write_corpus(work / "corpus")
        (work / "profile.toml").write_text(PROFILE)
        convolutional(work / "bars.onnx")
        linear(work / "notes.onnx")
        for kind, suffix in (("images", ".png"), ("texts", ".txt")):
            (work / kind).mkdir()
            for path in (work / "corpus").glob(f"*{suffix}"):
                shutil.copy(path, work / kind)
        matter = work / "matter"
        run("responder", "commit", work / "corpus", "--profile", work / "profile.toml", "--out", matter)
        shutil.copy(matter / "commitment.txt", HERE / "commitment.txt")
        commitment = ["--commitment", matter / "commitment.txt"]
        bars = ["--model", work / "bars.onnx", "--view", "gray-8x8", "--calibration", work / "images"]
        notes = ["--model", work / "notes.onnx", "--view", "text-hash-64", "--calibration", work / "texts"]
        asked = {
            "bars": [*bars, "--match", "argmax = 0"],
            "classes": [*bars, "--answer", "argmax"],
            "sealed-bars": [*bars, "--match", "argmax = 0"],
            "sealed-notes": [*notes, "--match", "output[0] >= 0.5"],
            "sealed-scores": [*notes, "--answer", "scores"],
        }
        for name in asked:
            shutil.rmtree(HERE / name, ignore_errors=True)
            (HERE / f"{name}.request").unlink(missing_ok=True)
        asked = {name: asked[name] for name in sys.argv[2:] or asked}
        for name, given in asked.items():
            if name.startswith("sealed"):
                run("responder", "seal", *given, "--out", work / name)
                given = ["--sealed", work / name / "model.sealed"]
            run("requester", "draft", *given, *commitment, "--out", work / f"{name}.request")
        for name in asked:
            given = ["--vault", matter / "vault", "--request", work / f"{name}.request"]
            if name.startswith("sealed"):
                given += ["--weights", work / name / "weights"]
            run("responder", "prove", *given, "--out", work / f"{name}-proofs")
            run("responder", "produce", *given, "--proofs", work / f"{name}-proofs", "--out", HERE / name)
            shutil.copy(work / f"{name}.request", HERE / f"{name}.request")


if __name__ == "__main__":
    main()
