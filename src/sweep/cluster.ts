// A sweep over many processes: the job-array script for Slurm and the line for GNU parallel.

export interface ClusterJob {
  readonly name: string
  /** How moesim is started here, such as `node /opt/moesim/bin/moesim.js`. */
  readonly moesim: readonly string[]
  /** The sweep: its frozen copy, folder, threads. */
  readonly arguments: readonly string[]
  readonly folder: string
  /** What becomes of the merged results: file, format, front, page. */
  readonly mergeArguments: readonly string[]
  readonly shards: number
  /** Threads of each. */
  readonly cpus: number
}

/** What a cluster asks for. */
export interface SlurmSettings {
  /** As Slurm takes it, such as `24:00:00`. */
  readonly time: string
  readonly mem: string
  readonly partition?: string | undefined
  /** Lines of shell before the first command, such as `module load nodejs`. */
  readonly setup?: string | undefined
  /** Tasks at work at once. */
  readonly throttle?: number | undefined
  /** Folder of the tasks' output. */
  readonly log?: string | undefined
  /** Most tasks of one array: MaxArraySize less one. */
  readonly maxArray: number
}

/**
 * A bash script for sbatch. The number of shards stands in it: SLURM_ARRAY_TASK_COUNT changes when tasks are repeated.
 * More shards than an array may have tasks are submitted as several arrays of the same script, each from another FIRST on.
 */
export function slurmScript(job: ClusterJob, settings: SlurmSettings): string {
  const { name, shards, cpus } = job
  const { time, mem, partition, setup, throttle, log, maxArray } = settings
  const tasks = Math.min(shards, maxArray)
  const together = throttle === undefined ? '' : `%${throttle}`
  const directives = [
    `--job-name=moesim-${name.replaceAll(/[^\w.-]/g, '-')}`,
    `--array=1-${tasks}${together}`,
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    `--mem=${mem}`,
    `--time=${time}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(log === undefined ? [] : [`--output=${log}/%x-%A-%a.out`]),
    '--requeue',
  ]
  const first = tasks === shards ? '$SLURM_ARRAY_TASK_ID' : '$((SLURM_ARRAY_TASK_ID + FIRST))'
  return `#!/bin/bash
${directives.map((directive) => `#SBATCH ${directive}\n`).join('')}#
# Save this as sweep.slurm, then submit it and the merge behind it from the same folder:
${submission(job, settings, tasks)
  .map((line) => `#   ${line}\n`)
  .join('')}# Tasks run on a frozen copy: the experiment and what it names may be edited meanwhile.
# The merge starts whatever becomes of the tasks, and names shards and points that are missing.
# Submitted again, the sweep does what is not done yet.
${tasks === shards ? '' : 'FIRST=$((FIRST))\n'}set -eu
${setup === undefined ? '' : `${setup}\n`}srun ${sweepCommand(job)} --shard "${first}/${shards}"
`
}

/** What is typed to submit a script: an array after the other, then the merge. */
function submission(
  job: ClusterJob,
  { maxArray, throttle, setup, log }: SlurmSettings,
  tasks: number,
): string[] {
  const arrays = Array.from({ length: Math.ceil(job.shards / maxArray) }, (_, i) => {
    const left = Math.min(maxArray, job.shards - i * maxArray)
    const range = left === tasks ? '' : `--array=1-${left}${throttle === undefined ? '' : `%${throttle}`} `
    const from = i === 0 ? '' : `--export=ALL,FIRST=${i * maxArray} `
    return `sweep${i + 1}=$(sbatch --parsable ${from}${range}sweep.slurm)`
  })
  const behind = arrays.map((_, i) => `$sweep${i + 1}`).join(':')
  const merge = setup === undefined ? mergeCommand(job) : `${setup}; ${mergeCommand(job)}`
  return [
    ...(log === undefined ? [] : [`mkdir -p ${shellWord(log)}`]),
    ...arrays,
    `sbatch --dependency=afterany:${behind} --wrap ${shellWord(merge)}`,
  ]
}

/** One line for a shell; -q keeps GNU parallel from reading quotes a second time. The merge names what failed shards lack. */
export function parallelLine(job: ClusterJob): string {
  const { shards } = job
  return `seq ${shards} | parallel -q ${sweepCommand(job)} --shard {}/${shards}; ${mergeCommand(job)}\n`
}

const sweepCommand = ({ moesim, arguments: args }: ClusterJob) =>
  [...moesim, 'sweep', ...args, '--quiet'].map(shellWord).join(' ')

const mergeCommand = ({ moesim, folder, mergeArguments }: ClusterJob) =>
  [...moesim, 'sweep', 'merge', folder, ...mergeArguments].map(shellWord).join(' ')

/** A word as bash reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
