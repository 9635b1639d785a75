// What is printed for clusters, read back by a shell.
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parallelLine, shellWord, slurmScript } from '../../src/sweep/cluster.ts'

const job = {
  name: 'my sweep',
  moesim: ['node', '/opt/moe sim/bin/moesim.js'],
  arguments: ['dse.yaml', '--axis', "hardware.sram=4 MiB,8 MiB,'x'", '--output-dir', 'dse-sweep'],
  folder: 'dse-sweep',
  shards: 3,
}

test('a shell reads every word back as it was', () => {
  for (const word of ['plain', 'two words', "it's", '$HOME', '"quoted"', 'a\\b', '']) {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })).toBe(word)
  }
})

test('the Slurm script runs one shard for each task, with the number of shards written into it', () => {
  const script = slurmScript(job)
  expect(script).toContain('#SBATCH --job-name=moesim-my-sweep\n#SBATCH --array=1-3\n')
  // srun is replaced by what prints its arguments.
  const shell = `srun() { printf '%s\\n' "$@"; }\nSLURM_ARRAY_TASK_ID=2\n${script}`
  expect(execFileSync('bash', ['-c', shell], { encoding: 'utf8' }).trimEnd().split('\n')).toEqual([
    ...['node', '/opt/moe sim/bin/moesim.js', 'sweep', ...job.arguments],
    ...['--quiet', '--workers', '1', '--shard', '2/3'],
  ])
})

test('the line for GNU parallel has the arguments as they are and merges behind it', () => {
  const shell = `parallel() { cat; printf '%s\\n' "$@"; }\nnode() { echo "then $*"; }\n${parallelLine(job)}`
  expect(execFileSync('bash', ['-c', shell], { encoding: 'utf8' }).trimEnd().split('\n')).toEqual([
    ...['1', '2', '3', '-q', 'node', '/opt/moe sim/bin/moesim.js', 'sweep', ...job.arguments],
    ...['--quiet', '--workers', '1', '--shard', '{}/3'],
    'then /opt/moe sim/bin/moesim.js sweep merge dse-sweep',
  ])
})
