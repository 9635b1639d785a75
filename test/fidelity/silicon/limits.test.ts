// The limits of the silicon tables are those that were promised, and hold on the half that nothing was fitted on.
import { expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { runFidelity } from '../../../src/fidelity/run-fidelity.ts'

const hooks = { onWarning: () => undefined, onProgress: async () => undefined }

test('the bundled rows keep every limit, and every table has rows', async () => {
  const { tables } = await runFidelity(nodeIo, { area: 'silicon' }, hooks)
  const limits = tables
    .filter(({ pass }) => pass !== undefined)
    .map(({ name, limitMedianPct, limitP90Pct, limitWorstPct }) => [
      name,
      limitMedianPct,
      limitP90Pct ?? limitWorstPct,
    ])
  expect(limits).toEqual([
    ['moe kernel, one GPU: h100 bfloat16', 4, 14],
    ['moe kernel, one GPU: h100 fp8_block', 4, 14],
    ['moe kernel, one GPU: h200 bfloat16', 4, 14],
    ['moe kernel, one GPU: h200 fp8_block', 4, 14],
    ['moe kernel, one GPU: b200 bfloat16', 6, 18],
    ['moe kernel, one GPU: b200 fp8_block', 6, 18],
    ['moe kernel, expert parallel', 8, 25],
    ['dispatch and combine, one node', 6, 20],
    ['nodes', 6, 20],
    ['NVL72', 6, 20],
    ['machines', 12, 25],
    ['cost of imbalance', 8, 20],
  ])
  expect(tables.filter(({ pass }) => pass === false).map(({ name }) => name)).toEqual([])
  // Of what was fitted on there is as much as of what is judged.
  const rowsOf = (part: string) => tables.find(({ name }) => name === part)!.rows
  expect(rowsOf('moe kernel, rows fitted on')).toBeGreaterThan(400)
  expect(rowsOf('dispatch and combine, rows fitted on')).toBeGreaterThan(150)
})
