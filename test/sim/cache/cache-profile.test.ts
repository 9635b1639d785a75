// What a cache that keeps chosen experts chooses them by: chance, or the latest prompt.
import { describe, expect, it } from 'vitest'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { resolveScheduler } from '../../../src/schedulers/table.ts'
import { simulateLayer } from '../../../src/sim/layer.ts'
import type { Span } from '../../../src/sim/probe.ts'
import { frameHardware } from '../../helpers/frames.ts'
import { LAYERS, rowModel, rowSetting } from '../../schedulers/rows.ts'
import type { Story } from '../../schedulers/stories.ts'

const frames = frameHardware({ load: 1, hop: 1, compute: 1, pieces: 3 })
const withCores: HardwareSpec = {
  ...frames,
  topology: { kind: 'crossbar', dies: 1 },
  memory: {
    ...frames.memory,
    ...{ channelDies: [0], shared: false, capacityBytes: 2 ** 40 },
    tiers: [
      {
        ...{ name: 'host', capacityBytes: 2 ** 40, shared: true, way: 'pcie' },
        ...{ bytesPerPs: 0.5, latencyPs: 3000, startupPs: 5000 },
        compute: { flopPerPs: 4, bytesPerPs: 2, startupPs: 0, handoverPs: 0 },
      },
    ],
  },
  activations: 'memory',
}

/** The first of two requests is served. */
const story: Story = { experts: 12, topK: 2, requests: 2, prefill: 10, decode: 40, skew: 1, seed: 3 }
const LAYER = 1
const KEPT = 4

/** What a layer did, by the kind of its spans, in the order of the iterations. */
async function spansOf(options: string, hardware = withCores, kept = KEPT): Promise<Span[]> {
  const setting = rowSetting(story, hardware)
  const iterations = setting.iterations.map(({ phase, rows, requests }) => {
    const first = [...rows].filter((_, at) => requests[at] === 0)
    return { phase, rows: Int32Array.from(first), requests: new Int32Array(first.length) }
  })
  const restingDie = iterations.map(({ rows }) => new Int32Array(rows.length))
  const bytes = LAYERS.length * kept * expertBytes(rowModel(story))
  const text = `ep:cache=static,cache-start=warm,cache-scope=layer,miss=compute,cache-bytes=${bytes},${options}`
  const { resolved } = resolveScheduler(splitSchedulerText(text)!, 'physical')
  const spans: Span[] = []
  const probe = { span: (span: Span) => void spans.push(span) }
  const layer = { ...setting, iterations, restingDie, layer: LAYER }
  await simulateLayer(layer, [{ ...resolved!, probe }])
  return spans
}

const expertsOf = (spans: readonly Span[], kind: Span['kind']) => [
  ...new Set(spans.filter((span) => span.kind === kind).map(({ expert }) => expert)),
]

/** Tokens of the served request's prompt that chose each expert. */
function promptTokens(): number[] {
  const chosen = rowSetting(story, withCores).routing.layerExperts(LAYER)
  const tokens = Array<number>(story.experts).fill(0)
  for (const expert of chosen.subarray(0, story.prefill * story.topK)) tokens[expert]!++
  return tokens
}

it.each(['past', 'random', 'prompt'])(
  'on several dies each keeps of its own experts: with room for these none is far (%s)',
  async (profile) => {
    const twoDies: HardwareSpec = {
      ...withCores,
      topology: { kind: 'crossbar', dies: 2 },
      memory: { ...withCores.memory, channelDies: [0, 1] },
    }
    const spans = await spansOf(`cache-profile=${profile}`, twoDies, story.experts / 2)
    expect(expertsOf(spans, 'compute').length).toBeGreaterThan(KEPT)
    expect([...expertsOf(spans, 'core'), ...expertsOf(spans, 'bring')]).toEqual([])
  },
)

describe('experts kept by chance', () => {
  it('are as many as there is room for, and stay: the others are always computed where they lie', async () => {
    const spans = await spansOf('cache-profile=random')
    const near = expertsOf(spans, 'compute')
    expect(near.length).toBe(KEPT)
    expect(expertsOf(spans, 'core').some((expert) => near.includes(expert))).toBe(false)
    expect(expertsOf(await spansOf('cache-profile=random'), 'compute')).toEqual(near)
  })

  it('are others than those that were used most', async () => {
    const byChance = expertsOf(await spansOf('cache-profile=random'), 'compute').sort()
    expect(byChance).not.toEqual(expertsOf(await spansOf('cache-profile=past'), 'compute').sort())
  })
})

describe('experts kept by the prompt', () => {
  it('are those its tokens used most, and are brought while the prompt is computed, all of it on the die', async () => {
    const spans = await spansOf('cache-profile=prompt')
    const firstCore = spans.findIndex(({ kind }) => kind === 'core')
    const answer = spans.slice(firstCore)
    expect(expertsOf(spans.slice(0, firstCore), 'bring').length).toBeGreaterThan(0)
    expect(expertsOf(answer, 'bring')).toEqual([])
    const tokens = promptTokens()
    const near = expertsOf(answer, 'compute')
    const least = Math.min(...near.map((expert) => tokens[expert]!))
    expect(near.length).toBe(KEPT)
    for (const expert of expertsOf(answer, 'core')) expect(tokens[expert]).toBeLessThanOrEqual(least)
  })

  it('stand against a past that chose otherwise', async () => {
    const tokens = promptTokens()
    const order = [...tokens.keys()].sort((a, b) => tokens[b]! - tokens[a]!)
    const past = expertsOf(await spansOf('cache-profile=past'), 'compute')
    expect(past.every((expert) => order.indexOf(expert) < KEPT)).toBe(false)
  })
})
