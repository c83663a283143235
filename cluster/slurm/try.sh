#!/bin/bash
# Tries the scripts of this folder on a real Slurm: try.sh [FOLDER-OF-PROGRAMS]
#
# Starts slurmctld, four slurmd and munged on this machine, in a folder of its own and with ports of
# its own; submits a matter with arrays of eight shards; kills programs and loses a node in mid-run;
# compares with an undisturbed run; ends what it started, by process id. Needs slurmctld, slurmd,
# slurm-client, munge (Debian's packages of those names) and to be root, because the daemons start
# jobs; without them it says so and ends with 0. Takes about three minutes on two cores.
#
# KEEP=1 keeps the folder. SMALL=1 is a short run: one kill, no lost node.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$(realpath "${1:-$root/target/release}")

skip() {
    echo "skipped: $1"
    exit 0
}
for program in slurmctld slurmd munged sbatch scontrol squeue; do
    command -v $program >/dev/null || skip "$program is not installed"
done
[ "$(id -u)" = 0 ] || skip "only root can start the daemons"
for program in responder requester judge-verify extract; do
    [ -x "$bin/$program" ] || skip "there is no $program in $bin: build it, or name the folder"
done

work=$(mktemp -d /tmp/duces-slurm.XXXXXX)
export SLURM_CONF=$work/slurm.conf
declare -A slurmd=()
controller=

# Every process of a job carries these two names; its parent is the one that watches over it.
processes_of() {
    local list
    list=$(grep -lzx "SLURMD_NODENAME=$1" /proc/[0-9]*/environ 2>/dev/null || true)
    # shellcheck disable=SC2086  # a list of files
    [ -z "$list" ] || list=$(grep -lzx "SLURM_CONF=$SLURM_CONF" $list 2>/dev/null || true)
    for process in $list; do
        process=${process#/proc/}
        echo "${process%/environ}"
    done
}

end() {
    local process
    for node in "${!slurmd[@]}"; do
        for process in $(processes_of "$node"); do
            [ "$process" = "${slurmd[$node]}" ] || kill -KILL "$process" 2>/dev/null || true
        done
        kill "${slurmd[$node]}" 2>/dev/null || true
    done
    [ -z "$controller" ] || kill "$controller" 2>/dev/null || true
    [ ! -s "$work/munge.pid" ] || kill "$(cat "$work/munge.pid")" 2>/dev/null || true
    wait 2>/dev/null || true
    if [ -n "${KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap end EXIT

say() {
    echo "$(date +%T) $*"
}

# --- A cluster of four nodes on this machine ---------------------------------------------------

mkdir -p "$work"/{state,log}
dd if=/dev/urandom of="$work/munge.key" bs=1 count=1024 status=none
chmod 600 "$work/munge.key"
munged --force --key-file="$work/munge.key" --socket="$work/munge.socket" \
    --pid-file="$work/munge.pid" --log-file="$work/log/munged.log" --seed-file="$work/munge.seed"
host=$(hostname -s)
port=$((20000 + $$ % 20000))
cat >"$SLURM_CONF" <<CONF
ClusterName=try
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket,cred_expire=10
CredType=cred/munge
SlurmctldPort=$port
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdTimeout=8
InactiveLimit=0
KillWait=2
MinJobAge=3600
ReturnToService=2
JobRequeue=1
$(for i in 1 2 3 4; do
    echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + i)) CPUs=1"
done)
PartitionName=all Nodes=n[1-4] Default=YES State=UP
CONF
slurmctld -D -c >"$work/log/slurmctld.log" 2>&1 &
controller=$!
start_node() {
    mkdir -p "$work/spool-$1"
    slurmd -D -N "$1" >>"$work/log/slurmd-$1.log" 2>&1 &
    slurmd[$1]=$!
}
for node in n1 n2 n3 n4; do start_node $node; done
for _ in $(seq 60); do
    [ "$(sinfo -h -t idle -o %D 2>/dev/null || true)" = 4 ] && break
    sleep 0.5
done
[ "$(sinfo -h -t idle -o %D)" = 4 ] || { cat "$work/log/slurmctld.log"; exit 1; }
say "four nodes of $(slurmctld -V) are up"

# --- A matter ----------------------------------------------------------------------------------

scans=6 mails=4000
[ -z "${SMALL:-}" ] || { scans=2 mails=200; }
mkdir -p "$work/corpus"
for copy in $(seq $scans); do
    cp -r "$root/fixtures/corpus/scans" "$work/corpus/scans-$copy"
done
awk -v folder="$work/corpus" -v count=$mails 'BEGIN {
    for (i = 0; i < count; i++) {
        file = folder "/mail-" i ".eml"
        printf "From: a%d@example.org\nTo: b@example.org\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n", i > file
        printf "Message-ID: <%d@example.org>\nSubject: Meeting %d\n\nPlease see item %d.\n", i, i, i * 7 > file
        close(file)
    }
}'
cat >"$work/matter.conf" <<CONF
BIN=$bin
CORPUS=$work/corpus
PROFILE=$root/fixtures/profile.toml
CACHE=$work/cache
MATTER=$work/matter
ORIGIN="Slurm try"
REQUEST=$work/stamp.request
PROOFS=$work/proofs
PRODUCTION=$work/production
VERDICT=$work/verdict.json
LOGS=$work/logs
SHARDS=8
WIDTH=15
EXTRACT_OPTIONS=--isolate
MODEL=$root/fixtures/models/stamp.onnx
VIEW=gray-64x64
MATCH="argmax = 1"
CALIBRATION=$root/fixtures/sample/pages
CONF
say "a matter of $(find "$work/corpus" -type f | wc -l) files"
jobs=$("$here/submit.sh" "$work/matter.conf")
echo "$jobs" | sed 's/^/         submitted: /'
job_of() {
    echo "$jobs" | awk -v step="$1" '$1 == step { print $2 }'
}

# --- What goes wrong in mid-run ----------------------------------------------------------------

# Kills the program that a task of an array runs; prints what it was.
kill_program_of() {
    local process line
    for process in $(for node in n1 n2 n3 n4; do processes_of $node; done); do
        line=$(tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline" || true)
        case $line in
        *"responder $1 "*--shard*)
            say "killed: '$1' of part $(echo "$line" | sed 's/.*--shard \([^ ]*\).*/\1/'), process $process"
            kill -KILL "$process"
            return 0
            ;;
        esac
    done
    return 1
}

# Ends a node as a power cut does: its daemon, what watches over its jobs, and the jobs.
lose_node() {
    local node=$1 process parents
    parents=$(for process in $(processes_of "$node"); do
        [ "$process" = "${slurmd[$node]}" ] || awk '/^PPid:/ { print $2 }' "/proc/$process/status"
    done 2>/dev/null | sort -u)
    say "node $node is lost: $(squeue -h -w "$node" -o '%j %i' | tr '\n' ' ')"
    kill -KILL "${slurmd[$node]}"
    for process in $parents; do
        if [ "$(cat "/proc/$process/comm" 2>/dev/null || true)" = slurmstepd ]; then
            kill -KILL "$process"
        fi
    done
    for process in $(processes_of "$node"); do
        kill -KILL "$process" 2>/dev/null || true
    done
    unset "slurmd[$node]"
}

waits_for() {
    local what=$1 tries
    shift
    for tries in $(seq 6000); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    echo "waited in vain for $what"
    squeue
    tail -n 20 "$work"/logs/*.log
    exit 1
}
families() { [ "$(find "$work/cache" -type f -not -name '.new-*' 2>/dev/null | wc -l)" -ge "$1" ]; }
proofs() { [ "$(find "$work/proofs" -name '*.proof' -not -name '.*' 2>/dev/null | wc -l)" -ge "$1" ]; }
running_on() { [ -n "$(squeue -h -w "$1" -n "$2" -t R)" ]; }

waits_for "the first extracted families" families 20
waits_for "an extraction to kill" kill_program_of extract
waits_for "the first proof" proofs 1
waits_for "a proving program to kill" kill_program_of prove
if [ -z "${SMALL:-}" ]; then
    waits_for "three proofs" proofs 3
    waits_for "a proving program to kill" kill_program_of prove
    waits_for "a job on n3" running_on n3 duces-prove
    lose_node n3
fi
before=
finished() {
    local now
    now=$("$here/../step.sh" "$work/matter.conf" status 2>/dev/null |
        awk -F'[:,]' '/"proved"/ { p = $2 } /"batches"/ { b = $2 } END { print p + 0 " of " b + 0 }')
    if [ "$now" != "$before" ]; then say "proved: $now batches"; fi
    before=$now
    [ -z "$(squeue -h)" ]
}
waits_for "the end of all jobs" finished

# --- What came of it ---------------------------------------------------------------------------

say "jobs:"
for step in extract commit draft prove produce judge; do
    scontrol show job "$(job_of $step)" -o | tr ' ' '\n' |
        awk -F= -v step=$step '
            /^JobState=/ { states[$2]++ }
            /^Restarts=/ { restarts += $2 }
            END {
                printf "         %s:", step
                for (state in states) printf " %d %s", states[state], state
                printf ", started again: %d\n", restarts
            }'
done
grep -h "Failure\|requeue job\|not responding" "$work/log/slurmctld.log" | tail -n 4 | sed 's/^/         /'
grep -q '"verdict": "VERIFIED"' "$work/verdict.json"
say "the judge's verdict on the disturbed run: VERIFIED"

say "the same on one machine, undisturbed"
sed -e "s#^CACHE=.*#CACHE=$work/alone-cache#" -e "s#^PROOFS=.*#PROOFS=$work/alone-proofs#" \
    -e "s#^PRODUCTION=.*#PRODUCTION=$work/alone-production#" \
    -e "s#^VERDICT=.*#VERDICT=$work/alone-verdict.json#" "$work/matter.conf" >"$work/alone.conf"
for step in extract prove produce judge; do
    "$here/../step.sh" "$work/alone.conf" $step >"$work/alone.log" 2>&1 ||
        { cat "$work/alone.log"; exit 1; }
done
grep -q '"verdict": "VERIFIED"' "$work/alone-verdict.json"

# What was extracted has no chance in it; a proof has, and with it the list of sums.
diff -r -x '.new-*' "$work/cache" "$work/alone-cache"
say "extracted: $(find "$work/alone-cache" -type f | wc -l) families, byte for byte the same"
diff -r -x proofs -x sha256sums.txt "$work/production" "$work/alone-production"
diff <(ls "$work/production/proofs") <(ls "$work/alone-production/proofs")
same='"counts": {' # to its closing brace: positions, decisions and coverage, in numbers
diff <(sed -n "/$same/,/}/p" "$work/verdict.json") <(sed -n "/$same/,/}/p" "$work/alone-verdict.json")
say "production: every file but the $(ls "$work/production/proofs" | wc -l) proofs byte for byte the same, VERIFIED both"
echo "try.sh: all as expected"
