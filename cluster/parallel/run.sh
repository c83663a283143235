#!/bin/sh
# All steps of a matter with GNU parallel: run.sh MATTER.conf [FROM [TO]]
#
# JOBS parts at once [default: half as many as cores, with two threads each]. NODES is a list of
# machines as in 'parallel --sshlogin', where all see the same folders under the same names. A part
# that was killed or could not run is started twice more; a step that was refused ends everything. To
# repeat the command is safe: what is done is not done again.
set -eu

if [ $# -lt 1 ] || [ ! -r "$1" ]; then
    echo "run.sh MATTER.conf [FROM [TO]]" >&2
    exit 2
fi
command -v parallel >/dev/null || { echo "GNU parallel is not installed" >&2; exit 2; }
step=$(cd "$(dirname "$0")/.." && pwd)/step.sh
conf=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
. "$conf"
from=${2:-extract}
to=${3:-judge}
steps="extract commit draft prove produce judge"
for name in "$from" "$to"; do
    case " $steps " in
    *" $name "*) ;;
    *) echo "$name is no step: give one of $steps" >&2; exit 2 ;;
    esac
done
cores=$(getconf _NPROCESSORS_ONLN)
jobs=${JOBS:-$(((cores + 1) / 2))}
mkdir -p "$LOGS"

started=
for name in $steps; do
    [ "$name" = "$from" ] && started=yes
    [ -n "$started" ] || continue
    case $name in
    extract | prove)
        echo "$name: $SHARDS parts, $jobs at once"
        threads=$(((cores + jobs - 1) / jobs))
        seq "$SHARDS" | parallel --jobs "$jobs" --retries 3 --joblog "$LOGS/$name.joblog" \
            ${NODES:+--sshlogin "$NODES"} \
            "RAYON_NUM_THREADS=$threads '$step' '$conf' $name {}/$SHARDS"
        ;;
    draft)
        [ -z "${MODEL:-}" ] || "$step" "$conf" draft
        ;;
    *)
        "$step" "$conf" "$name"
        ;;
    esac
    [ "$name" = "$to" ] && break
done
