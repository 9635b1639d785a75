// How often a cache of experts has what is asked for: measured in an engine, exact on its trace, and ours.
import { accessesOf } from '../../cache/replay/accesses.ts'
import { studyCaches } from '../../cache/replay/study.ts'
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import { pct } from '../measured.ts'
import { nearShare } from '../rules.ts'
import { accessOrder, CONFIG, type DecodedTokens, decodedTokens, TOKENS } from './decoded-tokens.ts'
import { type CacheStudy, ENGINE_WITH_ALL, EXACT_POLICIES, HIT_RATES } from './published.ts'
import { sampledHits } from './sampled-cache.ts'

/** Published rates have one decimal of a percent. */
const ROUNDED = { pass: 0.0005 + 1e-9, partly: 0.005 }
/** Tokens of a text before it repeats itself, and of what it repeats: chosen after the measured rates had been seen. */
const LOOP = { before: 30, phrase: 20 }
/** Uses of a token: 26 layers, top-8. */
const USES_OF_TOKEN = 208
const GIB = 2 ** 30

interface Rates extends Readonly<Record<(typeof EXACT_POLICIES)[number], number>> {
  readonly study: CacheStudy
  /** The engine's own policy. */
  readonly sampled: number
  /** LFU where the first use of an expert does not count. */
  readonly repeated: number
  /** The engine's policy where the text repeats itself. */
  readonly looped: number
}

export const hitRates: Figure = {
  title:
    'hit rates of a cache of experts: the warp engine on an M5 Pro (Kimi-Linear-48B), 300 decoded tokens',
  takesTrace: true,
  async run(lab): Promise<FigureResult> {
    const decoded = await decodedTokens(lab)
    const { rates, most } = await replayed(decoded)
    return {
      rows: [
        ...rates.flatMap((of) => exactRows(of, decoded, lab.options.trace)),
        ...rates.map(engineRow),
        mostRow(most),
      ],
      tables: [ratesTable(rates)],
      notes: notes(decoded, rates, most),
    }
  },
}

/** `most`: of a cache that holds everything. */
async function replayed({ source }: DecodedTokens): Promise<{ rates: Rates[]; most: number }> {
  const accesses = accessesOf(source)
  const slots = HIT_RATES.map((study) => study.slots)
  const results = await studyCaches(source, accesses, {
    ...{ policies: EXACT_POLICIES, slots, isPerLayer: false, halfLifeTokens: 16, hasLayers: false },
  })
  const rate = (policy: string, size: number) =>
    results.find((result) => result.policy === policy && result.slots === size)!.hitRate
  const tokens = accessOrder(source)
  const order = joined(tokens)
  const loop = joined(tokens.map((_, token) => tokens[inLoop(token)]!))
  const most = 1 - accesses.expertsUsed / accesses.count
  const rates = HIT_RATES.map(
    (study): Rates => ({
      study,
      lru: rate('lru', study.slots),
      lfu: rate('lfu', study.slots),
      min: rate('min', study.slots),
      sampled: sampledHits(order, study.slots) / order.length,
      repeated: rate('lfu', study.slots) / most,
      looped: sampledHits(loop, study.slots) / loop.length,
    }),
  )
  return { rates, most }
}

/** The token in whose place one stands where the text repeats itself. */
function inLoop(token: number): number {
  const { before, phrase } = LOOP
  return token < before + phrase ? token : before + ((token - before) % phrase)
}

function joined(tokens: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(tokens.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const uses of tokens) {
    all.set(uses, at)
    at += uses.length
  }
  return all
}

const shareOf = (slots: number) => pct(slots / (26 * 256))

function exactRows(rates: Rates, { isRecorded }: DecodedTokens, trace: string | undefined): Row[] {
  const { slots, exact } = rates.study
  return EXACT_POLICIES.map((policy) => ({
    id: `hit-rates-${policy}-${slots}`,
    claim: 'hit-rates',
    what: `${policy.toUpperCase()}, ${slots} slots (${shareOf(slots)}), exact`,
    config: `none: moesim trace cache ${trace ?? 'TRACE'} --policy ${policy} --slots ${slots}`,
    published: { text: pct(exact[policy]), value: exact[policy] },
    ours: { value: rates[policy], unit: 'share' },
    judgement: isRecorded ? nearShare(rates[policy], exact[policy], ROUNDED) : null,
    reason: isRecorded
      ? 'counted on the trace that is given'
      : 'not judged: generated routing, fitted to it; --trace FILE judges the recorded one',
  }))
}

function engineRow({ study, sampled, looped, repeated }: Rates): Row {
  const { slots, engine, exact, simulated } = study
  const isAbove = engine > exact.min
  return {
    id: `hit-rates-engine-${slots}`,
    claim: 'hit-rates',
    what: `the engine’s LFRU, ${slots} slots (${shareOf(slots)})`,
    config: `${CONFIG} --scheduler ep:cache=lfru`,
    published: { text: `${pct(engine)} measured`, value: engine },
    ours: { value: sampled, unit: 'share' },
    judgement: null,
    reason: `${isAbove ? `above the trace’s MIN of ${pct(exact.min)}: its text was another` : `its makers’ replay of the trace gives ${pct(simulated)}`}; on a text that repeats itself ours is ${pct(looped)}`,
    detail: `With first uses left out LFU has ${pct(repeated)} here`,
  }
}

function mostRow(most: number): Row {
  return {
    id: 'hit-rates-engine-all',
    claim: 'hit-rates',
    what: 'a cache of 6,442 slots (96.8 %), whose misses are first uses',
    config: `none: moesim trace cache TRACE --slots 6442`,
    published: { text: `${pct(ENGINE_WITH_ALL)} measured`, value: ENGINE_WITH_ALL },
    ours: { value: most, unit: 'share' },
    judgement: null,
    reason: `the engine used ${Math.round((1 - ENGINE_WITH_ALL) * TOKENS * USES_OF_TOKEN)} different experts, routing like the trace’s ${Math.round((1 - most) * TOKENS * USES_OF_TOKEN)}`,
  }
}

function ratesTable(rates: readonly Rates[]): DataTable {
  return {
    name: 'rates',
    title: 'hit rates by slots',
    isPrinted: true,
    columns: [
      { name: 'slots' },
      { name: 'engine, measured', unit: 'share' },
      { name: 'bytes of a miss', unit: 'B' },
      { name: 'its replay of the trace', unit: 'share' },
      { name: 'MIN of the trace', unit: 'share' },
      { name: 'MIN, ours', unit: 'share' },
      { name: 'its policy, ours', unit: 'share' },
      { name: 'LFU but for first uses, ours', unit: 'share' },
      { name: 'its policy, a text that repeats', unit: 'share' },
    ],
    rows: rates.map(({ study, min, sampled, repeated, looped }) => [
      ...[study.slots, study.engine, bytesOfMiss(study), study.simulated, study.exact.min],
      ...[min, sampled, repeated, looped],
    ]),
  }
}

/** What the engine read for each use that it did not count as a hit. */
function bytesOfMiss({ engine, engineGibPerToken }: CacheStudy): number {
  return (engineGibPerToken * GIB) / ((1 - engine) * USES_OF_TOKEN)
}

function notes({ isRecorded }: DecodedTokens, rates: readonly Rates[], most: number): string[] {
  const deviations = rates.flatMap((of) =>
    EXACT_POLICIES.map((policy) => Math.abs(of[policy] - of.study.exact[policy])),
  )
  const mean = deviations.reduce((sum, of) => sum + of, 0) / deviations.length
  const sizes = rates.map(({ study }) => bytesOfMiss(study) / 1e6)
  return [
    ...(isRecorded
      ? []
      : [
          `routing is generated: skew 0.7 (DeepSeek-V3’s counts), affinity 1.3, focus 1 and reuse 0.3 fitted to the fifteen exact rates, from which it is ${(100 * mean).toFixed(1)} points away on average; with the trace (JSONL of {"tok", "layers"}) --trace FILE judges them`,
        ]),
    `no cache can have more hits than MIN on the same uses, and the engine has at 1,610 and 3,221 slots. It counts what it should: it read ${Math.min(...sizes).toFixed(2)} to ${Math.max(...sizes).toFixed(2)} MB for every miss, one expert, so that neither experts read ahead nor several uses of one are counted as hits`,
    `so it was measured on other tokens than the trace’s: its makers replay the same policy on the trace with 71.9 and 87.4 %, below MIN, and with room for all experts it missed 5.8 %, first uses alone, where routing like the trace’s misses ${pct(1 - most)}`,
    `two things would give such rates on our routing, as the table has them: first uses left out of the count, and a text that repeats itself (${LOOP.before} tokens, then ${LOOP.phrase} again and again, chosen after the fact), as an engine’s greedy continuation does; the first is not what its reads say`,
  ]
}
