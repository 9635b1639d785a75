// A sweep over many processes: the job-array script for Slurm and the line for GNU parallel.

export interface ClusterJob {
  readonly name: string
  /** How moesim is started here, such as `node /opt/moesim/bin/moesim.js`. */
  readonly moesim: readonly string[]
  /** The sweep: experiment file, axes, sets, folder. */
  readonly arguments: readonly string[]
  readonly folder: string
  readonly shards: number
}

/** A bash script for sbatch. The number of shards stands in it: SLURM_ARRAY_TASK_COUNT changes when tasks are repeated. */
export function slurmScript({ name, moesim, arguments: args, folder, shards }: ClusterJob): string {
  const command = [...moesim, 'sweep', ...args, '--quiet', '--workers', '1'].map(shellWord).join(' ')
  const merge = [...moesim, 'sweep', 'merge', folder].map(shellWord).join(' ')
  return `#!/bin/bash
#SBATCH --job-name=moesim-${name.replaceAll(/[^\w.-]/g, '-')}
#SBATCH --array=1-${shards}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --time=24:00:00
#SBATCH --requeue
#
# Save this as sweep.slurm, then submit it and the merge behind it from the same folder:
#   sweep=$(sbatch --parsable sweep.slurm)
#   sbatch --dependency=afterok:$sweep --wrap ${shellWord(`${merge} --output results.csv`)}
# Submitted again, it does what is not done yet.
set -eu
srun ${command} --shard "$SLURM_ARRAY_TASK_ID/${shards}"
`
}

/** One line for a shell; -q keeps GNU parallel from reading quotes a second time. */
export function parallelLine({ moesim, arguments: args, folder, shards }: ClusterJob): string {
  const command = [...moesim, 'sweep', ...args, '--quiet', '--workers', '1'].map(shellWord).join(' ')
  const merge = [...moesim, 'sweep', 'merge', folder].map(shellWord).join(' ')
  return `seq ${shards} | parallel -q ${command} --shard {}/${shards} && ${merge}\n`
}

/** A word as bash reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
