// Which options of schedulers do not go together, and which a run leaves without effect, as it was when last looked at.
import { expect, test } from 'vitest'
import { describe as inWords } from '../../src/errors.ts'
import { packageOf } from '../../src/hardware/package.ts'
import { expertBytes } from '../../src/model/shape.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import type { RunOutline } from '../../src/schedulers/scheduler.ts'
import { resolveScheduler, schedulers } from '../../src/schedulers/table.ts'
import { kernelMachines, madeUp, pair } from './machines.ts'
import { otherValues, schedulerTexts, textsUnderWays } from './recorded-texts.ts'
import { modelOf } from './stories.ts'

const COMPATS = ['physical', 'paper'] as const

const complaintsOf = (text: string, compat: (typeof COMPATS)[number]) =>
  resolveScheduler(splitSchedulerText(text)!, compat).findings.map(inWords)

/** What is said, by how often and of what first. */
class Tally {
  private readonly said = new Map<string, { first: string; times: number }>()

  note(what: string, of: string): void {
    const known = this.said.get(what)
    if (known === undefined) this.said.set(what, { first: of, times: 1 })
    else known.times++
  }

  lines(): string[] {
    return [...this.said].map(([what, { first, times }]) => `${times} times, as of ${first}: ${what}`)
  }
}

/** Every option with another value than its default, alone, beside one other such option and under each of some ways of running. */
function textsOf(name: string): string[] {
  const changes = Object.entries(schedulers[name]!.options).flatMap(([key, spec]) =>
    otherValues(spec).map((value) => ({ key, text: `${key}=${value}` })),
  )
  const pairs = changes.flatMap((one, at) =>
    changes
      .slice(at + 1)
      .filter((other) => other.key !== one.key)
      .map((other) => `${one.text},${other.text}`),
  )
  const plain = [...changes.map(({ text }) => text), ...pairs].map((options) => `${name}:${options}`)
  return [...new Set([...plain, ...textsUnderWays(name)])]
}

test.each(Object.keys(schedulers))(
  'options of %s are refused beside those that they were refused beside (vitest -u records it anew)',
  async (name) => {
    const lines = COMPATS.flatMap((compat) => {
      const tally = new Tally()
      for (const text of textsOf(name)) for (const one of complaintsOf(text, compat)) tally.note(one, text)
      return [compat, ...tally.lines().map((line) => `  ${line}`)]
    })
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`recorded-refusals/${name}.txt`)
  },
)

const story = { experts: 8, topK: 2, requests: 1, prefill: 1, decode: 0, skew: 0, seed: 1 }
const model = { ...modelOf(story), layers: 2, moeLayers: [0, 1] }
/** All weights, and a byte less. */
const ALL_BYTES = expertBytes(model) * 8 * 2
const OF_ROOM = [ALL_BYTES, ALL_BYTES - 1].map((bytes) => `ep:cache=lru,cache-bytes=${bytes}`)
const MACHINES = [
  'single-die',
  'shared-2x2',
  'own-memory-5x5',
  'crossbar-8',
  'torus-3x3-one-channel',
  'tiers-2x2',
]
const PHASES = [
  ['prefill'],
  ['decode', 'decode'],
  ['prefill', 'decode', 'decode', 'decode'],
  ['mixed', 'mixed'],
] as const

function outlines(): RunOutline[] {
  const machines = [...madeUp.filter(({ name }) => MACHINES.includes(name)), ...kernelMachines, pair]
  return machines.flatMap((hardware, m) =>
    PHASES.map((phases, p) => ({
      ...packageOf({ hardware, model, compat: 'physical' }),
      // Among them a run whose first iteration is empty, and one of single tokens.
      iterations: phases.map((phase, i) => ({ phase, tokens: [8, i, 1, 8 * (i + 1)][p]! })),
      leavesRequests: m % 2 === 0,
      hasLayerBefore: (m + p) % 3 > 0,
    })),
  )
}

test('options are without effect in the runs that they were without effect in (vitest -u records it anew)', async () => {
  const runs = outlines()
  const lines: string[] = []
  for (const text of [...schedulerTexts(), ...OF_ROOM, 'forecast-prefetch:ahead=1,into=memory']) {
    const { resolved } = resolveScheduler(splitSchedulerText(text)!, 'physical')
    if (resolved === undefined) continue
    const tally = new Tally()
    for (const run of runs) {
      const idle = schedulers[resolved.scheduler]!.idle?.(resolved.options, run) ?? []
      for (const { names, why } of idle) tally.note(`${why}: ${names.join(' ')}`, run.hardware.name)
    }
    if (tally.lines().length > 0) lines.push(text, ...tally.lines().map((line) => `  ${line}`))
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-idle.txt')
})
