// One layer under several schedulers at once: each finds what it would find alone.

import { describe, expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { presets, resolveScheduler, schedulers } from '../../src/schedulers/table.ts'
import { seatTokens } from '../../src/sim/batch.ts'
import type { Iteration } from '../../src/sim/iteration.ts'
import { simulateLayer } from '../../src/sim/layer.ts'
import { tinyModel } from '../helpers/frames.ts'
import { routingOf } from '../helpers/routing.ts'
import { madeUp } from '../schedulers/machines.ts'

const source = routingOf({
  requests: [
    [6, 3],
    [4, 2],
  ],
  layers: [1, 2, 3],
  experts: 8,
  topK: 2,
})
const iterations: readonly Iteration[] = [
  {
    phase: 'prefill' as const,
    rows: [0, 1, 2, 3, 4, 5, 9, 10, 11, 12],
    requests: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1],
  },
  { phase: 'decode' as const, rows: [6, 13], requests: [0, 1] },
  { phase: 'decode' as const, rows: [7, 14], requests: [0, 1] },
].map(({ phase, rows, requests }) => ({
  phase,
  rows: Int32Array.from(rows),
  requests: Int32Array.from(requests),
}))

/** The totals of schedulers given by name, which share the layer, and the spans of each. */
async function runTogether(names: readonly string[], hardware = madeUp[0]!) {
  const model = { ...tinyModel(8, 3, 2), layers: 4, moeLayers: [1, 2, 3] }
  const pkg = packageOf({ hardware, model, compat: 'physical' })
  const restingDie = seatTokens(pkg.topology, iterations, 'tokens')
  const setting = { pkg, routing: source, layer: 2, iterations, restingDie }
  const spans: string[][] = []
  const choices = names.map((name) => {
    const own: string[] = []
    spans.push(own)
    const { resolved } = resolveScheduler(splitSchedulerText(name)!, 'physical')
    return { ...resolved!, probe: { span: (span: object) => void own.push(JSON.stringify(span)) } }
  })
  const totals = await simulateLayer(setting, choices)
  return { totals: totals.map((one) => JSON.stringify(one)), spans }
}

const all = [...Object.keys(schedulers), ...Object.keys(presets), 'ep:prefetch=2', 'ep']

describe('schedulers that share a layer', () => {
  it.each([madeUp[0]!, madeUp[3]!, madeUp[4]!])(
    'find on $name what each finds alone, whatever their order',
    async (hardware) => {
      const together = await runTogether(all, hardware)
      const backwards = await runTogether([...all].reverse(), hardware)
      for (const [i, name] of all.entries()) {
        const alone = await runTogether([name], hardware)
        expect(together.totals[i], name).toBe(alone.totals[0])
        expect(together.spans[i], name).toEqual(alone.spans[0])
        expect(backwards.totals[all.length - 1 - i], name).toBe(alone.totals[0])
      }
      expect(together.spans.every((own) => own.length > 0)).toBe(true)
    },
  )

  it('ask the routing for the layer once', async () => {
    let asked = 0
    const counting = {
      ...source,
      layerExperts: (layer: number) => {
        if (layer === 2) asked++
        return source.layerExperts(layer)
      },
    }
    const pkg = packageOf({ hardware: madeUp[0]!, model: tinyModel(8, 3, 2), compat: 'physical' })
    const restingDie = seatTokens(pkg.topology, iterations, 'tokens')
    const setting = { pkg, routing: counting, layer: 2, iterations, restingDie }
    const choices = ['ep', 'fse-dp', 'round-robin'].map(
      (name) => resolveScheduler({ name, options: {} }, 'physical').resolved!,
    )
    let checkpoints = 0
    const checkpoint = async () => {
      checkpoints++
    }
    await simulateLayer(setting, choices, checkpoint)
    expect(asked).toBe(1)
    // A long layer can be interrupted between its iterations.
    expect(checkpoints).toBe(iterations.length)
  })
})
