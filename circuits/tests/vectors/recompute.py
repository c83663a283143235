#!/usr/bin/env python3
"""Layouts and challenges, computed a second time as docs/protocol.md says.

    python3 circuits/tests/vectors/recompute.py fixtures/vectors/layouts.json
    python3 circuits/tests/vectors/recompute.py fixtures/vectors/challenges.json

A file is a list of vectors, each with a name, an input and an output. The script computes every
output from its input, prints the file with these outputs, and exits with 1 if one differs from
the output in the file. It shares no code with the programs and needs nothing but Python 3.
It follows docs/protocol.md, by the titles of its sections.
"""

import hashlib
import json
import sys

# Notation: the order of BN254's group G1.
P = 21888242871839275222246405745257275088548364400416034343698204186575808495617

# Layout: the widest range, in bits.
RANGE_BITS = 13


def number(value):
    """A number as a part of a hash."""
    return value.to_bytes(8, "little")


def tagged_hash(tag, *parts):
    """H(tag, part, ...) of "Notation"."""
    sha = hashlib.sha256()
    for part in (tag.encode(), *parts):
        sha.update(number(len(part)))
        sha.update(part)
    return sha.digest()


def scalar(value):
    """An integer as an element of F, in its 32 bytes."""
    return (value % P).to_bytes(32, "little")


def ceil_div(a, b):
    return -(-a // b)


# ------------------------------------------------------------------------ Layout


def limbs_of(shift):
    count = 1 + 2 * ceil_div(max(0, shift - RANGE_BITS), 26)
    return [shift // count + (1 if i < shift % count else 0) for i in range(count)]


def blocks_of(nodes, lanes, tag_of):
    """The blocks of an item, and its rows."""
    blocks, row = [], 0
    for index, node in enumerate(nodes):
        limbs = limbs_of(node["shift"])
        rows = ceil_div(node["len"], lanes)
        a, b = node["shift"], node["shift"] - limbs[0]
        runs = [(tag_of["function", node["table"]], limbs[:1], a, b)]
        for high, low in zip(limbs[1::2], limbs[2::2]):
            a = b - high
            b = a - low
            runs.append((tag_of["range", high], [high, low], a, b))
        for tag_q, widths, a, b in runs:
            blocks.append({
                "node": index,
                "start": row,
                "rows": rows,
                "limbs": widths,
                "a": a,
                "b": b,
                "tag_q": tag_q,
                "tag_r": tag_of["range", widths[-1]],
            })
            row += rows
    return blocks, row


def parts_of(nodes, tables):
    """Names and entries (argument, value) of the table's parts, in the order of their tags."""
    functions = sorted({node["table"] for node in nodes})
    widths = sorted({0} | {width for node in nodes for width in limbs_of(node["shift"])})
    parts = []
    for index in functions:
        table = tables[index]
        arguments = range(table["lo"], table["lo"] + table["entries"])
        values = [(q, min(max(q, table["least"]), table["most"])) for q in arguments]
        parts.append((("function", index), values))
    for width in widths:
        parts.append((("range", width), [(r, 0) for r in range(1 << width)]))
    return parts


def layout_columns(k, groups, body, table_columns, stack, blocks, entries):
    """The instance columns that follow from the layout, as lists of integers."""
    rows = 1 << k
    end = groups + body

    def column(start, cells):
        return [0] * start + cells + [0] * (rows - start - len(cells))

    def tags(name):
        item = [block[name] for block in blocks for _ in range(block["rows"])]
        places = item * stack
        return column(groups, places + [item[0]] * (body - len(places)))

    columns = [tags("tag_q"), tags("tag_r")]
    for i in range(table_columns):
        chunk = entries[i * body:(i + 1) * body]
        columns += [column(groups, [entry[j] for entry in chunk]) for j in range(3)]
    columns += [column(0, [1]), column(0, [1] * groups), column(groups, [1] * body)]
    columns.append(column(end, [1]))
    return columns


def layout(given):
    """What "Layout" says of dimensions and a classifier, or None if they do not fit."""
    width, k, lanes = (given["dimensions"][name] for name in ("width", "k", "lanes"))
    if not (11 <= width <= 23 and 11 <= k <= min(14, width) and 1 <= lanes <= 1 << (width - k)):
        return None
    groups = (1 << (width - k)) // lanes
    body = (1 << k) - 7 - groups
    parts = parts_of(given["nodes"], given["tables"])
    tag_of = {name: tag for tag, (name, _) in enumerate(parts, 1)}
    blocks, item_rows = blocks_of(given["nodes"], lanes, tag_of)
    if body < item_rows:
        return None
    stack = body // item_rows
    entries = [(tag, q, z) for tag, (_, part) in enumerate(parts, 1) for q, z in part]
    table_columns = ceil_div(len(entries), body)
    columns = layout_columns(k, groups, body, table_columns, stack, blocks, entries)
    cells = hashlib.sha256()
    for column in columns:
        cells.update(b"".join(map(scalar, column)))
    items = groups * stack
    last_group, last_place = (items - 1) % groups, (items - 1) // groups
    last_node = max(block["node"] for block in blocks)
    numbers = (width, k, lanes, groups, stack, item_rows, len(entries), RANGE_BITS)
    return {
        "C": groups,
        "A": body,
        "stack": stack,
        "items": items,
        "item_rows": item_rows,
        "last_item": {
            "c": last_group,
            "b": last_place,
            "start": groups + last_place * item_rows,
        },
        "end_row": groups + body,
        "decision_row": next(b["start"] for b in blocks if b["node"] == last_node),
        "blocks": blocks,
        "parts": [
            {"tag": tag, kind: which, "entries": len(part)}
            for tag, ((kind, which), part) in enumerate(parts, 1)
        ],
        "entries": len(entries),
        "table_columns": table_columns,
        "columns": {
            "first_phase": 3 * groups * lanes + table_columns + 1,
            "second_phase": ceil_div(2 * groups * lanes, 5) + ceil_div(table_columns, 5) + 1,
            "equation": 3 * lanes + 1,
            "layout": len(columns),
        },
        "cells_of_layout_columns": cells.hexdigest(),
        "digest": tagged_hash("duces/layout/v1", *map(number, numbers)).hex(),
    }


# ------------------------------------------------------- Steps: the challenge chain


class State:
    """A state of the chain."""

    def __init__(self, state):
        self.state = state

    def absorb(self, label, published):
        return State(tagged_hash("duces/absorb/v1", self.state, label.encode(), published))

    def draw(self, label):
        halves = [
            tagged_hash("duces/challenge/v1", self.state, label.encode(), number(half))
            for half in (0, 1)
        ]
        return scalar(int.from_bytes(b"".join(halves), "little")).hex()


def words(data):
    return [data[i:i + 32] for i in range(0, len(data), 32)]


def opening_challenges(state, view_len, items, opening, label_of_blind):
    """The challenges of "Opening of a linear form", from "Proof bytes"."""
    first, value, blind, *rest = words(opening)
    state = state.absorb("opening", first + value)
    out = {"c": state.draw("c"), "x": None, "gamma": []}
    if items >= 4 * view_len:
        assert len(rest) == view_len + 1
        return out
    state = state.absorb(label_of_blind, blind)
    out["x"] = state.draw("x")
    rounds = view_len.bit_length()  # log2 of the least power of two from N + 1
    assert len(rest) == 2 * rounds + 1
    for left, right in zip(rest[0:-1:2], rest[1::2]):
        state = state.absorb("round", left + right)
        out["gamma"].append(state.draw("gamma"))
    return out


def challenges(given):
    """Every challenge that is drawn from the chain of "Steps"."""
    data = {name: bytes.fromhex(text) for name, text in given["bytes"].items()}
    parts = [data[name] for name in ("commitment", "request", "layout", "key")]
    parts += [number(given["batch"]), number(len(given["items"]))]
    for item in given["items"]:
        parts += [number(item["position"]), bytes.fromhex(item["P"]), number(item["bit"])]
    masks = words(data["masks"])
    parts += [number(len(masks)), *masks, data["first_phase"]]
    state = State(tagged_hash("duces/batch/v2", *parts))
    out = {"rho": state.draw("rho"), "eta": state.draw("eta")}
    state = state.absorb("y", data["y"]).absorb("circuit", data["circuit"])
    out["theta"] = state.draw("theta")
    out.update(opening_challenges(
        state, given["view_len"], len(given["items"]), data["opening"], given["label_of_blind"]))
    return out


# ------------------------------------------------------------------------------------- the files


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: recompute.py FILE, a list of vectors such as fixtures/vectors/layouts.json")
    with open(sys.argv[1], encoding="utf-8") as file:
        vectors = json.load(file)
    differ = False
    for vector in vectors:
        kind = challenges if "bytes" in vector["input"] else layout
        output = kind(vector["input"])
        if output != vector["output"]:
            differ = True
            print(f"differs: {vector['name']}", file=sys.stderr)
        vector["output"] = output
    json.dump(vectors, sys.stdout)
    print()
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
