// Into how many parts adaptive cuts experts: more where few experts are active, fewer where inputs are dear.
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../../src/hardware/package.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { sliceHolders } from '../../../src/schedulers/adaptive/layout.ts'
import { bestCut, type Cut } from '../../../src/schedulers/adaptive/parts.ts'
import { madeUp } from '../machines.ts'
import { modelOf } from '../stories.ts'
import { noCosts } from './no-costs.ts'

const ownMemory = madeUp.find(({ name }) => name === 'own-memory-5x5')!
const DIES = 25
const story = { experts: 64, topK: 4, requests: 1, prefill: 1, decode: 0, skew: 1, seed: 1 }
const SLICES = 8
const cheapInputs: SliceCosts = { ...noCosts, readPs: 1000, computePs: () => 10 }

interface Setting {
  readonly of?: typeof story
  readonly combine?: boolean
  readonly slices?: number
  readonly columns?: number
}

const cutFor = (...given: Parameters<typeof search>): Cut => search(...given).cut

/** The cut that is chosen, those that are tried in turn, and for each on how many made-up layers. */
function search(
  costs: SliceCosts | ((slices: number) => SliceCosts),
  tokens: number,
  hardware: HardwareSpec = ownMemory,
  { of = story, combine = false, slices = SLICES, columns = 64 }: Setting = {},
) {
  const tried: { slices: number; parts: number; layers: number }[] = []
  // What was found for a model and its hardware is kept: each of these is another one.
  const model = { ...modelOf(of), expertIntermediate: columns }
  const context = packageOf({ hardware, model, compat: 'physical' })
  const { experts } = model
  const messagePs = hardware.link.startup?.messagePs ?? 0
  const cut = bestCut({
    ...{ context, slices, tokens, copies: 0, combine, channelOf: (die) => die },
    costsOf: (count) => {
      if (tried.length > 0) tried.at(-1)!.layers++
      return { ...(typeof costs === 'function' ? costs(count) : costs), messagePs }
    },
    holdersOf: (one) => {
      tried.push({ ...one, layers: 0 })
      return sliceHolders({ experts, ...one, copies: 0 }, context.topology)
    },
  })
  return { cut, tried }
}

it('cuts experts where few of them are active, so that no die waits for all of one', () => {
  expect(cutFor(cheapInputs, 1).parts).toBeGreaterThan(1)
})

it('leaves them whole where each part would have all inputs read once more', () => {
  expect(cutFor({ ...cheapInputs, inputPs: () => 20_000 }, 200).parts).toBe(1)
})

it('cuts experts alike over all dies where that costs nothing, so that it matters to none what tokens choose', () => {
  const sliceOf = (slices: number): SliceCosts => ({
    ...cheapInputs,
    readPs: 8000 / slices,
    computePs: () => 1,
  })
  const near = { ...ownMemory, link: { ...ownMemory.link, latencyPs: 0 } }
  expect(cutFor(sliceOf, 1, near)).toEqual({ slices: DIES, parts: DIES })
})

it('leaves most dies alone where each message takes its sender long', () => {
  const { link } = ownMemory
  const slow = { ...link, startup: { messagePs: 1000, exchangePs: 0 } }
  const { parts } = cutFor(cheapInputs, 1, { ...ownMemory, link: slow })
  expect(parts).toBeLessThan(DIES)
})

it('leaves experts whole, fewer than dies though they are, where messages take longer than reading what is spared', () => {
  const few = { ...story, experts: 8, topK: 2 }
  const sliceOf = (slices: number): SliceCosts => ({ ...cheapInputs, readPs: 8000 / slices })
  const { link } = ownMemory
  const slow = { ...ownMemory, link: { ...link, startup: { messagePs: 9000, exchangePs: 0 } } }
  expect(cutFor(sliceOf, 1, slow, { of: few })).toEqual({ slices: 1, parts: 1 })
  const quick = { ...ownMemory, link: { ...link, startup: { messagePs: 1, exchangePs: 0 } } }
  expect(cutFor(sliceOf, 1, quick, { of: few }).slices).toBeGreaterThan(1)
})

it('tries whole experts, fewer than dies, only where messages have a start-up', () => {
  const few = { ...story, experts: 8, topK: 2 }
  const sliceOf = (slices: number): SliceCosts => ({
    ...{ ...cheapInputs, readPs: 8000 / slices, inputPs: () => 20_000 },
    computePs: () => 80 / slices,
  })
  const { link } = ownMemory
  const slicesWith = (messagePs: number) => {
    const hardware = { ...ownMemory, link: { ...link, startup: { messagePs, exchangePs: 0 } } }
    return cutFor(sliceOf, 200, hardware, { of: few }).slices
  }
  expect(slicesWith(1)).toBe(1)
  expect(slicesWith(0)).toBe(SLICES)
})

it('keeps from far dies where results have to come home from them', () => {
  // Even over all dies experts are read in an eighth of the time that results take from the farthest die.
  const far = { ...ownMemory, link: { ...ownMemory.link, latencyPs: 100_000 } }
  const sliceOf = (slices: number): SliceCosts => ({ ...cheapInputs, readPs: 2_400_000 / slices })
  const parts = [false, true].map((combine) => cutFor(sliceOf, 1, far, { combine }).parts)
  expect(parts[1]).toBeLessThan(parts[0]!)
})

describe('of the numbers of parts', () => {
  const dear = { ...cheapInputs, inputPs: () => 1_000_000 }
  const partsOf = ({ tried }: ReturnType<typeof search>) => tried.map(({ parts }) => parts)
  const onDies = (dies: number): HardwareSpec => ({
    ...ownMemory,
    topology: { kind: 'crossbar', dies },
    memory: { ...ownMemory.memory, channelDies: [...Array(dies).keys()] },
  })

  it('each is half as large again as the one before, up to one for each slice or die', () => {
    expect(partsOf(search(cheapInputs, 1, ownMemory, { slices: 30 }))).toEqual([1, 2, 3, 4, 6, 9, 13, 19, 25])
    expect(partsOf(search(cheapInputs, 1, ownMemory, { slices: 6 }))).toEqual([1, 2, 3, 4, 6, 25])
    expect(partsOf(search(cheapInputs, 1, onDies(3)))).toEqual([1, 2, 3, 3])
  })

  it('three that are worse in a row are the last, and each is left as soon as it takes longer than the best', () => {
    expect(search(dear, 200).tried).toEqual([
      { slices: 8, parts: 1, layers: 3 },
      { slices: 8, parts: 2, layers: 3 },
      { slices: 8, parts: 3, layers: 2 },
      { slices: 8, parts: 4, layers: 2 },
      { slices: 25, parts: 25, layers: 1 },
    ])
  })

  it('the even one has a slice on each die, or several, if experts have as many columns', () => {
    const evenOf = (slices: number, columns: number) =>
      search(dear, 200, ownMemory, { slices, columns }).tried.filter(({ parts }) => parts === 25)
    expect(evenOf(8, 24)).toEqual([])
    expect(evenOf(8, 25)).toEqual([{ slices: 25, parts: 25, layers: 1 }])
    expect(evenOf(60, 64)).toEqual([{ slices: 50, parts: 25, layers: 1 }])
  })

  it('whole experts come first where they are fewer than dies and messages have a start-up', () => {
    const startup = { messagePs: 1, exchangePs: 0 }
    const slow = { ...ownMemory, link: { ...ownMemory.link, startup } }
    const first = (experts: number, hardware: HardwareSpec, slices = 8) =>
      search(dear, 200, hardware, { of: { ...story, experts }, slices }).tried[0]!.slices
    expect(first(24, slow)).toBe(1)
    expect(first(25, slow)).toBe(8)
    expect(first(24, ownMemory)).toBe(8)
    const { tried } = search(dear, 200, slow, { of: { ...story, experts: 24 }, slices: 1 })
    expect(tried.filter(({ parts }) => parts === 1)).toEqual([{ slices: 1, parts: 1, layers: 3 }])
  })

  it('is found once for each model, hardware and kind of run', () => {
    const context = packageOf({ hardware: ownMemory, model: modelOf(story), compat: 'physical' })
    let searches = 0
    const find = (change: { tokens?: number; combine?: boolean; copies?: number; slices?: number }) =>
      bestCut({
        ...{ context, slices: 1, tokens: 1, copies: 0, combine: false, channelOf: (die: number) => die },
        costsOf: () => cheapInputs,
        holdersOf: (cut) => {
          if (cut.parts === 1) searches++
          return sliceHolders({ experts: story.experts, ...cut, copies: 0 }, context.topology)
        },
        ...change,
      })
    for (const change of [{}, {}, { tokens: 2 }, { combine: true }, { copies: 1 }, { slices: 2 }, {}]) {
      find(change)
    }
    expect(searches).toBe(5)
  })
})
