// Tokens sent once for a die or a node: who sends how many to whom, and what comes back.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'
import { kernelMachines } from '../machines.ts'
import { modelOf, runWorks, type Story, type StoryRun, stories, worksOf } from '../stories.ts'

/** Two nodes of four dies each. */
const kernels = kernelMachines.find(({ name }) => name === 'kernels-2-nodes-of-2x2')!
const plain: HardwareSpec = { ...kernels, compute: { kind: 'ideal', flopPerPs: 16 }, activations: 'sram' }
const NODE = 4
const nodeOf = (die: number) => Math.floor(die / NODE)

function runStory(scheduler: string, story: Story, hardware: HardwareSpec) {
  const works = worksOf(story, buildTopology(hardware.topology))
  return { works, run: runWorks(scheduler, hardware, modelOf(story), works) }
}

/** Sends of an iteration as `from>to: tokens`, sorted. */
const sends = (run: StoryRun, iteration: number) =>
  run.spans[iteration]!.filter(({ kind, slice }) => kind === 'send' && slice < 0)
    .map(({ die, peer, tokens }) => `${die}>${peer}: ${tokens}`)
    .sort()

/** For every token the dies that compute it. */
function diesOfTokens(
  work: LayerWork,
  run: StoryRun,
  iteration: number,
): { from: number; dies: Set<number> }[] {
  const dieOf = new Map<number, number>()
  for (const { kind, expert, die } of run.spans[iteration]!) if (kind === 'compute') dieOf.set(expert, die)
  return Array.from(work.restingDie, (from, token) => {
    const chosen = [...work.choices.subarray(token * work.topK, (token + 1) * work.topK)]
    return { from, dies: new Set(chosen.map((expert) => dieOf.get(expert)!)) }
  })
}

/** Sends that are to be expected, tokens counted by way. */
class Expected {
  private readonly tokens = new Map<string, number>()

  add(from: number, to: number): void {
    if (from === to) return
    const way = `${from}>${to}`
    this.tokens.set(way, (this.tokens.get(way) ?? 0) + 1)
  }

  /** With `back`, every way once more the other way round. */
  list(back: boolean): string[] {
    return [...this.tokens]
      .flatMap(([way, tokens]) => {
        const [from, to] = way.split('>')
        return back ? [`${way}: ${tokens}`, `${to}>${from}: ${tokens}`] : [`${way}: ${tokens}`]
      })
      .sort()
  }
}

describe.each([kernels, plain])('on $compute.kind', (hardware) => {
  it.each([true, false])(
    'dispatch=die sends a token once to each die that has experts of it; combine: %s',
    (combine) => {
      fc.assert(
        fc.property(stories, (story) => {
          const { works, run } = runStory(`ep:dispatch=die,combine=${combine}`, story, hardware)
          works.forEach((work, i) => {
            const expected = new Expected()
            for (const { from, dies } of diesOfTokens(work, run, i))
              for (const die of dies) expected.add(from, die)
            expect(sends(run, i)).toEqual(expected.list(combine))
          })
        }),
        { seed: 1, numRuns: 20 },
      )
    },
  )

  it.each([true, false])(
    'dispatch=node sends a token once to each other node, to the die of its own place, which passes it on; combine: %s',
    (combine) => {
      fc.assert(
        fc.property(stories, (story) => {
          const { works, run } = runStory(`ep:dispatch=node,combine=${combine}`, story, hardware)
          works.forEach((work, i) => {
            // One message for each die of the sending node: those that one die passes on for several are not one.
            const toNodes = new Expected()
            const within = new Map<number, Expected>()
            for (const { from, dies } of diesOfTokens(work, run, i)) {
              const passed = within.get(from) ?? new Expected()
              within.set(from, passed)
              const relay = (1 - nodeOf(from)) * NODE + (from % NODE)
              if ([...dies].some((die) => nodeOf(die) !== nodeOf(from))) toNodes.add(from, relay)
              for (const die of dies) passed.add(nodeOf(die) === nodeOf(from) ? from : relay, die)
            }
            const expected = [toNodes, ...within.values()].flatMap((part) => part.list(combine))
            expect(sends(run, i)).toEqual(expected.sort())
          })
        }),
        { seed: 2, numRuns: 20 },
      )
    },
  )
})

it('no computing starts before the tokens of all experts of a die are there', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const { run } = runStory('ep:dispatch=die', story, kernels)
      for (const spans of run.spans) {
        for (const { die, startPs } of spans.filter(({ kind }) => kind === 'compute')) {
          const arrivals = spans.filter(({ kind, peer }) => kind === 'send' && peer === die)
          expect(startPs).toBeGreaterThanOrEqual(Math.max(0, ...arrivals.map(({ endPs }) => endPs)))
        }
      }
    }),
    { seed: 3, numRuns: 20 },
  )
})

it('dispatch=node needs nodes', () => {
  const flat: HardwareSpec = { ...plain, topology: { kind: 'crossbar', dies: 8 } }
  const story = { experts: 4, topK: 1, requests: 1, prefill: 1, decode: 0, skew: 0, seed: 1 }
  expect(() => runStory('ep:dispatch=node', story, flat)).toThrow(UserError)
  expect(() => runStory('ep:dispatch=node', story, flat)).toThrow(/not made of nodes/)
})
