// Recorded routing of real models through the real command line, where the recordings are at hand.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const TRACES = process.env.MOESIM_TRACES ?? fileURLToPath(new URL('../../../shared/traces', import.meta.url))
const areThere = existsSync(TRACES)
const title = areThere ? 'real traces' : `real traces: skipped, MOESIM_TRACES has no folder ${TRACES}`

function rowOf(table: string, scheduler: string): string[] {
  const row = table.split('\n').find((line) => line.startsWith(`${scheduler} `))
  return row?.split(/ {2,}/) ?? []
}

describe.skipIf(!areThere)(title, () => {
  test('Llama-4 requests run in lock step on a wafer-scale mesh, ahead of the placement-blind base', async () => {
    const { exitCode, stdout, stderr } = await runCli([
      ...['run', '--trace', `${TRACES}/llama4-maverick-mmlu`, '--model', 'llama-4-maverick'],
      ...['--hardware', 'dojo-5x5', '--requests', '91', '--decode-steps', '16', '--layers', '1,23,47'],
      ...['--scheduler', 'round-robin', '--scheduler', 'ep', '--scheduler', 'allo-pred'],
      ...['--baseline', 'round-robin'],
    ])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain('workload  91 requests in lock step')
    expect(rowOf(stdout, 'round-robin')[2]).toBe('1.00')
    for (const id of ['ep', 'allo-pred']) expect(Number(rowOf(stdout, id)[2])).toBeGreaterThan(1)
  })

  test('gpt-oss decode batches run on an edge package, expert streaming ahead of EP', async () => {
    const { exitCode, stdout, stderr } = await runCli([
      ...['run', '--trace', `${TRACES}/gpt-oss-20b`, '--model', 'gpt-oss-20b', '--hardware', 'fse-dp-2x2'],
      ...['--tokens', '256', '--scheduler', 'ep', '--scheduler', 'fse-dp:paired=true'],
    ])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(rowOf(stdout, 'ep')[2]).toBe('1.00')
    expect(Number(rowOf(stdout, 'fse-dp:paired=true')[2])).toBeGreaterThan(1)
  })

  test('a trace with rows missing is refused with file, request and layer', async () => {
    const trace = `${TRACES}/mixtral-8x7b-fp8-ragged`
    const { exitCode, stdout, stderr } = await runCli(['run', '--trace', trace, '--model', 'mixtral-8x7b'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(/mixtral-8x7b-fp8-ragged\/\S+:\d+:\d+ error: .*request "humaneval\/0".* layer \d+/)
  })

  test.each([
    ['gpt-oss-20b', 'gpt-oss-20b'],
    ['mixtral-8x7b-vllm', 'mixtral-8x7b'],
    ['llama4-maverick-mmlu', 'llama-4-maverick'],
  ])('the recordings in %s fit the model %s', async (folder, model) => {
    const { exitCode, stderr } = await runCli(['validate', `${TRACES}/${folder}`, '--model', model])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })
})
