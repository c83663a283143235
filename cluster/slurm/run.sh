#!/bin/sh
# What every job of Slurm runs: run.sh STEP. Puts the job back into the queue where the step could
# not run or was killed, three times at the most; a step that was refused stays failed. Slurm itself
# puts back the jobs of a lost node (--requeue).
set -u
step=$1
export RAYON_NUM_THREADS="${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}"
echo "$(date '+%F %T') $step ${SLURM_ARRAY_TASK_ID:-1}/${SLURM_ARRAY_TASK_COUNT:-1} on" \
    "${SLURMD_NODENAME:-$(hostname)}, start $((${SLURM_RESTART_COUNT:-0} + 1))"
"$DUCES_CLUSTER/step.sh" "$DUCES_MATTER" "$step" \
    "${SLURM_ARRAY_TASK_ID:-1}/${SLURM_ARRAY_TASK_COUNT:-1}"
code=$?
echo "$(date '+%F %T') ended with $code"
if [ "$code" -ge 2 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
    scontrol requeue "$SLURM_JOB_ID"
    # The request ends this script; it must not end before as a failed job.
    sleep 60
fi
exit "$code"
