#!/usr/bin/env python3
"""All steps of a matter on Ray: matter.py MATTER.conf [FROM [TO]]

Every part of 'extract' and of 'prove' is a task, which Ray starts again where a worker or a node was
lost; the other steps follow one after the other. All nodes see the same folders under the same names
(and this folder). RAY_ADDRESS names a cluster that is there; without it Ray starts on this machine.
To repeat the command is safe: what is done is not done again.
"""

import os
import pathlib
import subprocess
import sys

import ray

STEPS = ["extract", "commit", "draft", "prove", "produce", "judge"]
IN_PARTS = {"extract", "prove"}
STEP = pathlib.Path(__file__).resolve().parent.parent / "step.sh"


class CouldNotRun(Exception):
    """The step was killed, or could not run: worth another try."""


@ray.remote(num_cpus=1, max_retries=3, retry_exceptions=[CouldNotRun])
def run(conf, step, part):
    """Runs one part of a step; its exit code: 0, or 1 for what is refused."""
    env = dict(os.environ, RAYON_NUM_THREADS="1")
    code = subprocess.run([STEP, conf, step, part], env=env, check=False).returncode
    if code not in (0, 1):
        raise CouldNotRun(f"{step} {part} ended with {code}")
    return code


def setting(conf, name):
    """A setting of the matter, as sh reads it."""
    script = f'. "$1"; printf %s "${{{name}:-}}"'
    return subprocess.check_output(["sh", "-c", script, "sh", conf], text=True)


def main(conf, first="extract", last="judge"):
    conf = os.path.abspath(conf)
    parts = int(setting(conf, "SHARDS") or 1)
    for step in STEPS[STEPS.index(first) : STEPS.index(last) + 1]:
        if step == "draft" and not setting(conf, "MODEL"):
            continue
        count = parts if step in IN_PARTS else 1
        codes = ray.get([run.remote(conf, step, f"{i + 1}/{count}") for i in range(count)])
        print(f"{step}: {count} parts, {sum(codes)} refused", flush=True)
        if any(codes):
            sys.exit(1)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4 or any(name not in STEPS for name in sys.argv[2:]):
        sys.exit(__doc__)
    ray.init(include_dashboard=False)
    main(*sys.argv[1:])
