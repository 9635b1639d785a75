// What is printed for clusters, read back by a shell.
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parallelLine, shellWord, slurmScript } from '../../src/sweep/cluster.ts'

const job = {
  name: 'my sweep',
  moesim: ['node', '/opt/moe sim/bin/moesim.js'],
  arguments: ['dse.yaml', '--axis', "hardware.sram=4 MiB,8 MiB,'x'", '--output-dir', 'dse-sweep'],
  folder: 'dse-sweep',
  mergeArguments: ['--output', 'my results.csv', '--pareto', 'latency,energy'],
  shards: 3,
  cpus: 1,
}
const settings = { time: '2:00:00', mem: '4G', maxArray: 1000 }

const lines = (text: string) => text.trimEnd().split('\n')
const bash = (script: string) => lines(execFileSync('bash', ['-c', script], { encoding: 'utf8' }))
/** srun is replaced by what prints its arguments. */
const task = (script: string, id: number, first = '') =>
  bash(`srun() { printf '%s\\n' "$@"; }\n${first}\nSLURM_ARRAY_TASK_ID=${id}\n${script}`)
/** What the head of a script says to type, with sbatch replaced by what prints its arguments. */
const submitted = (script: string) => {
  const typed = lines(script).flatMap((line) => /^# {3}(.*)$/.exec(line)?.[1] ?? [])
  return bash(`count=0; sbatch() { printf '[%s]' "$@" >&2; echo >&2; echo 7; }\n(${typed.join('\n')}) 2>&1`)
}

test('a shell reads every word back as it was', () => {
  for (const word of ['plain', 'two words', "it's", '$HOME', '"quoted"', 'a\\b', '']) {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })).toBe(word)
  }
})

test('the Slurm script runs one shard for each task, with the number of shards written into it', () => {
  const script = slurmScript(job, settings)
  expect(script).toContain('#SBATCH --job-name=moesim-my-sweep\n#SBATCH --array=1-3\n')
  expect(task(script, 2)).toEqual([
    ...['node', '/opt/moe sim/bin/moesim.js', 'sweep', ...job.arguments],
    ...['--quiet', '--shard', '2/3'],
  ])
})

test('the merge starts behind the array whatever becomes of its tasks, with the options of the results', () => {
  const merge =
    "node '/opt/moe sim/bin/moesim.js' sweep merge dse-sweep --output 'my results.csv' --pareto latency,energy"
  expect(submitted(slurmScript(job, settings))).toEqual([
    '[--parsable][sweep.slurm]',
    `[--dependency=afterany:7][--wrap][${merge}]`,
    '7',
  ])
})

test('the Slurm script has the settings of the cluster', () => {
  const script = slurmScript(job, {
    ...settings,
    ...{ partition: 'short', setup: 'module load nodejs', throttle: 20, log: 'logs' },
  })
  expect(lines(script).filter((line) => line.startsWith('#SBATCH'))).toEqual([
    ...['#SBATCH --job-name=moesim-my-sweep', '#SBATCH --array=1-3%20', '#SBATCH --ntasks=1'],
    ...[
      '#SBATCH --cpus-per-task=1',
      '#SBATCH --mem=4G',
      '#SBATCH --time=2:00:00',
      '#SBATCH --partition=short',
    ],
    ...['#SBATCH --output=logs/%x-%A-%a.out', '#SBATCH --requeue'],
  ])
  expect(task(script, 1, 'module() { echo "module $*"; }')[0]).toBe('module load nodejs')
})

test('more shards than an array may have tasks are several arrays, which together run each shard once', () => {
  const script = slurmScript({ ...job, shards: 25 }, { ...settings, maxArray: 10, throttle: 4 })
  expect(submitted(script).slice(0, 3)).toEqual([
    '[--parsable][sweep.slurm]',
    '[--parsable][--export=ALL,FIRST=10][sweep.slurm]',
    '[--parsable][--export=ALL,FIRST=20][--array=1-5%4][sweep.slurm]',
  ])
  const shards = [
    ...Array.from({ length: 10 }, (_, i) => task(script, i + 1).at(-1)),
    ...Array.from({ length: 10 }, (_, i) => task(script, i + 1, 'FIRST=10').at(-1)),
    ...Array.from({ length: 5 }, (_, i) => task(script, i + 1, 'FIRST=20').at(-1)),
  ]
  expect(shards).toEqual(Array.from({ length: 25 }, (_, i) => `${i + 1}/25`))
})

test('the line for GNU parallel has the arguments as they are and merges behind it', () => {
  const shell = `parallel() { cat; printf '%s\\n' "$@"; }\nnode() { echo "then $*"; }\n${parallelLine(job)}`
  expect(bash(shell)).toEqual([
    ...['1', '2', '3', '-q', 'node', '/opt/moe sim/bin/moesim.js', 'sweep', ...job.arguments],
    ...['--quiet', '--shard', '{}/3'],
    'then /opt/moe sim/bin/moesim.js sweep merge dse-sweep --output my results.csv --pareto latency,energy',
  ])
})
