// The README says what the program does: metric definitions, schedulers and bundled names are checked against the tables.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { presets, schedulers } from '../src/schedulers/table.ts'
import { METRICS } from '../src/sim/metrics/metrics.ts'
import { runCli } from './helpers/run-cli.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the README starts with the two commands of a fresh clone', () => {
  expect(readme).toMatch(/^# moesim\n\n```sh\nnpm ci && npx moesim run\nnpm ci && npm test\n```\n/)
})

test('the README defines every metric as the code does', () => {
  const rows = Object.entries(METRICS).map(
    ([name, { unit, definition }]) => `| \`${name}\` | ${unit} | ${definition} |`,
  )
  expect(readme).toContain(rows.join('\n'))
})

test('the README names every scheduler and preset', () => {
  for (const name of [...Object.keys(schedulers), ...Object.keys(presets)])
    expect(readme).toContain(`\`${name}\``)
})

test('the README shows exactly what the demo prints', async () => {
  const { stdout, exitCode } = await runCli(['run'])
  expect(exitCode).toBe(0)
  expect(readme).toContain(`\`\`\`\n${stdout}\`\`\`\n`)
})

test('the README shows exactly what fidelity prints, so no error grows unseen; two limits are known to be missed', async () => {
  const { stdout, stderr, exitCode } = await runCli(['fidelity', '--quiet'])
  expect(readme).toContain(`\`\`\`\n${stdout}\`\`\`\n`)
  const over = stdout.split('\n').filter((line) => line.includes(' OVER '))
  expect(over.map((line) => line.split(' ')[0])).toEqual(['alltoall', 'moe_dispatch'])
  expect(stderr).toContain('over its limit')
  expect(exitCode).toBe(1)
}, 240_000)
