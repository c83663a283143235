#!/bin/sh
# One step of a matter, for any engine: step.sh MATTER.conf STEP [i/m]
#
# Every step ends at once where its result is there already, and goes on where an earlier run of it
# stopped. So it may be started again at any time, on any machine that sees the same folders. Exit
# codes are those of the programs: 0 done, 1 refused (to repeat it is of no use), 2 could not run.
set -eu

usage() {
    echo "step.sh MATTER.conf extract|commit|draft|prove|produce|judge|status [i/m]" >&2
    exit 2
}

[ $# -ge 2 ] || usage
[ -r "$1" ] || { echo "$1 cannot be read" >&2; usage; }
case $1 in */*) conf=$1 ;; *) conf=./$1 ;; esac
. "$conf"
step=$2
part=${3:-1/1}
[ -z "${BIN:-}" ] || PATH=$BIN:$PATH

commitment=$MATTER/commitment.txt
vault=$MATTER/vault

# Moves what was written beside its place to its place.
into_place() {
    mv -f "$1.new" "$1"
}

case $step in
extract)
    # shellcheck disable=SC2086  # the options are several words
    exec responder extract "$CORPUS" --profile "$PROFILE" --cache "$CACHE" --shard "$part" \
        ${EXTRACT_OPTIONS:-}
    ;;
commit)
    if [ -e "$commitment" ]; then exit 0; fi
    exec responder commit "$CORPUS" --profile "$PROFILE" --cache "$CACHE" --out "$MATTER" \
        ${ORIGIN:+--origin "$ORIGIN"} \
        ${PASSPHRASE_FILE:+--passphrase --passphrase-file "$PASSPHRASE_FILE"}
    ;;
draft)
    if [ -e "$REQUEST" ]; then exit 0; fi
    exec requester draft --model "$MODEL" --view "$VIEW" --match "$MATCH" \
        --commitment "$commitment" ${CALIBRATION:+--calibration "$CALIBRATION"} --out "$REQUEST"
    ;;
prove)
    exec responder prove --vault "$vault" --request "$REQUEST" --out "$PROOFS" --shard "$part" \
        ${WIDTH:+--width "$WIDTH"} ${WEIGHTS:+--weights "$WEIGHTS"} \
        ${PASSPHRASE_FILE:+--passphrase-file "$PASSPHRASE_FILE"}
    ;;
produce)
    if [ -e "$PRODUCTION" ]; then exit 0; fi
    exec responder produce --vault "$vault" --request "$REQUEST" --proofs "$PROOFS" \
        --out "$PRODUCTION" ${WITHHOLD:+--withhold "$WITHHOLD"} ${WEIGHTS:+--weights "$WEIGHTS"} \
        ${PASSPHRASE_FILE:+--passphrase-file "$PASSPHRASE_FILE"}
    ;;
judge)
    if [ -e "$VERDICT" ]; then exit 0; fi
    rm -f "$VERDICT.new"
    judge-verify production "$PRODUCTION" --commitment "$commitment" --request "$REQUEST" \
        --json "$VERDICT.new"
    into_place "$VERDICT"
    ;;
status)
    exec responder status --proofs "$PROOFS" --shard "$part" --json
    ;;
*)
    usage
    ;;
esac
