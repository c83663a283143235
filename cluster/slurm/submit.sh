#!/bin/sh
# Submits the steps of a matter, each after the one before it: submit.sh MATTER.conf [FROM [TO]]
#
# FROM and TO are steps: extract, commit, draft, prove, produce, judge [default: all of them; 'draft'
# only where the file names a MODEL]. Where the request comes from the other side, submit 'extract
# commit' first, and 'prove judge' when it is there. To repeat the command is safe: what is done is
# not done again. Prints one line for each step: its name and the number of its job.
set -eu

if [ $# -lt 1 ] || [ ! -r "$1" ]; then
    echo "submit.sh MATTER.conf [FROM [TO]]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
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

mkdir -p "$LOGS"
DUCES_CLUSTER=$(dirname "$here")
DUCES_MATTER=$conf
export DUCES_CLUSTER DUCES_MATTER
after=
started=
for step in $steps; do
    [ "$step" = "$from" ] && started=yes
    [ -n "$started" ] || continue
    if [ "$step" != draft ] || [ -n "${MODEL:-}" ]; then
        case $step in
        extract | prove) array=--array=1-$SHARDS log=%x-%a.log ;;
        *) array='' log=%x.log ;;
        esac
        # shellcheck disable=SC2086  # options are several words, or none
        job=$(sbatch --parsable ${SBATCH_OPTIONS:-} $array --output="$LOGS/$log" \
            ${after:+--dependency=afterok:$after --kill-on-invalid-dep=yes} "$here/$step.sbatch")
        after=${job%%;*}
        echo "$step $after"
    fi
    [ "$step" = "$to" ] && break
done
