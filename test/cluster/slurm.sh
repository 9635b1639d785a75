#!/bin/bash
# A sweep as a Slurm job array: a cluster of this one machine is started, the printed script is submitted as it is, a merge
# job waits for it, and the merged result is that of one process. Then it is submitted again, and nothing is left to do.
# Usage, as root on a machine without Slurm of its own:
#   apt-get install slurm-wlm munge && npm run build && bash test/cluster/slurm.sh      (skips where that is missing)
set -eu
cd "$(dirname "$0")/../.."
moesim="node $PWD/bin/moesim.js"
experiment=$PWD/test/cluster/sweep.yaml

for command in munged slurmctld slurmd sbatch; do
  if ! command -v "$command" > /dev/null; then
    echo "skipped: $command is not installed (apt-get install slurm-wlm munge)"
    exit 0
  fi
done
if [ "$(id -u)" != 0 ]; then echo 'skipped: Slurm daemons need root'; exit 0; fi

work=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT
cd "$work"
chmod 755 "$work"

# A key, a socket and a configuration of its own: nothing outside this folder is read or written.
mkdir munge state spool
chown munge: munge
dd if=/dev/urandom of=munge/key bs=1 count=1024 status=none
chown munge: munge/key && chmod 400 munge/key
socket=$work/munge/socket
runuser -u munge -- munged --foreground --key-file="$work/munge/key" --socket="$socket" \
  --pid-file="$work/munge/pid" --log-file="$work/munge/log" --seed-file="$work/munge/seed" > munged.out 2>&1 &
pids+=($!)
host=$(hostname -s)
export SLURM_CONF=$work/slurm.conf
cat > slurm.conf <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=4096
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
slurmctld -D -f "$SLURM_CONF" > slurmctld.log 2>&1 &
pids+=($!)
slurmd -D -f "$SLURM_CONF" > slurmd.log 2>&1 &
pids+=($!)
for _ in $(seq 60); do
  sinfo --noheader --format=%T 2>/dev/null | grep -q idle && break
  sleep 1
done
if ! sinfo --noheader --format=%T 2>/dev/null | grep -q idle; then
  echo 'skipped: Slurm cannot be started here'
  tail -n 5 slurmctld.log slurmd.log
  exit 0
fi
sinfo

$moesim sweep "$experiment" --output-dir alone --quiet --output alone.csv
$moesim sweep "$experiment" --slurm --shards 3 > sweep.slurm
cat sweep.slurm

submit() {
  sweep=$(sbatch --parsable "$@" sweep.slurm)
  sbatch --wait --dependency="afterok:$sweep" --wrap "$moesim sweep merge cluster-sweep --output merged.csv"
}
submit
cmp alone.csv merged.csv
sizes=$(wc -c cluster-sweep/points-*.jsonl)
submit
[ "$sizes" = "$(wc -c cluster-sweep/points-*.jsonl)" ]
cmp alone.csv merged.csv
echo 'passed: a Slurm job array of three tasks gives the bytes of one process, and does nothing twice'
