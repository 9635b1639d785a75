// docs/accuracy.md holds every error of the models to what is printed there, so that none grows unseen: takes minutes.
import { expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'
import { blocksOf, readFile } from './documents.ts'

test('docs/accuracy.md shows exactly what fidelity prints; two limits are known to be missed', async () => {
  const { stdout, stderr, exitCode } = await runCli(['fidelity', '--quiet'])
  expect(blocksOf(readFile('docs/accuracy.md'), 'console')).toEqual([
    `$ npx moesim fidelity --quiet\n${stdout}`,
  ])
  const over = stdout.split('\n').filter((line) => line.includes(' OVER '))
  expect(over.map((line) => line.split(' ')[0])).toEqual(['alltoall', 'moe_dispatch'])
  expect(stderr).toContain('over its limit')
  expect(exitCode).toBe(1)
}, 240_000)
