#!/bin/sh
# What can be checked of this folder without an engine, in seconds: the scripts parse, and the manifests
# of Kubernetes fit its schema. What is not installed is skipped. The steps themselves are tried by
# 'cargo test -p duces-tests --test cluster', on Slurm by slurm/try.sh.
set -eu
cd "$(dirname "$0")"

for script in check.sh step.sh parallel/run.sh slurm/submit.sh slurm/run.sh slurm/*.sbatch; do
    sh -n "$script"
done
bash -n slurm/try.sh
if command -v shellcheck >/dev/null; then
    shellcheck -e SC1090,SC1091 -s sh step.sh parallel/run.sh slurm/submit.sh slurm/run.sh slurm/*.sbatch
else
    echo "skipped: shellcheck is not installed"
fi
if command -v python3 >/dev/null; then
    python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' ray/matter.py
else
    echo "skipped: python3 is not installed"
fi
if command -v kubernetes-validate >/dev/null; then
    kubernetes-validate --strict --quiet kubernetes/*.yaml
else
    echo "skipped: kubernetes-validate is not installed (pip install kubernetes-validate)"
fi
echo "cluster/: checked"
