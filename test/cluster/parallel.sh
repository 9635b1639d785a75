#!/bin/bash
# A sweep over GNU parallel: the printed line is run as it is, and its merged result is that of one process.
# Usage: npm run build && bash test/cluster/parallel.sh      (skips where GNU parallel is missing)
set -eu
cd "$(dirname "$0")/../.."
moesim="node $PWD/bin/moesim.js"
experiment=$PWD/test/cluster/sweep.yaml

if ! parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
  echo 'skipped: GNU parallel is not installed (apt-get install parallel)'
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
$moesim sweep "$experiment" --output-dir alone --quiet --output alone.csv
$moesim sweep "$experiment" --parallel --shards 3 > line.sh
cat line.sh
bash line.sh > merged.txt
$moesim sweep merge cluster-sweep --output merged.csv
ls cluster-sweep/points-1-of-3.jsonl cluster-sweep/points-2-of-3.jsonl cluster-sweep/points-3-of-3.jsonl
cmp alone.csv merged.csv
echo 'passed: three jobs of GNU parallel give the bytes of one process'
