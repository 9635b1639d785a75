// The work of one MoE layer in one iteration: which tokens, where they rest, which experts they chose.
import { Bug } from '../errors.ts'

/**
 * A *pair* is one (token, expert) selection. Pairs are numbered so that those of one expert are contiguous and,
 * within an expert, those of one resting die are contiguous too (dies in the topology's die order, tokens
 * ascending). So "all tokens of expert e" and "the tokens of e that rest on die d" are both plain ranges.
 */
export interface LayerWork {
  readonly layer: number
  readonly iteration: number
  readonly phase: 'prefill' | 'decode' | 'mixed'
  readonly tokens: number
  /** Of these, tokens that came in an earlier iteration and of which pairs have waited; absent = none. */
  readonly returningTokens?: number | undefined
  readonly topK: number
  readonly experts: number
  /** Chosen experts, row-major [token][slot]; 0xffff for a choice that is not computed in this iteration. */
  readonly choices: Uint16Array
  /** Die on which each token rests. */
  readonly restingDie: Int32Array
  /** Bytes of SRAM by die that tokens paused by token buffering take meanwhile; absent = none. */
  readonly pausedBytes?: Float64Array | undefined
  /** Request of each token. */
  readonly tokenRequest: Int32Array
  /** First pair of (expert e, die with rank r): index e * dies + r; one extra entry closes the last range. */
  readonly pairStart: Int32Array
  readonly dies: number
  /** Dies by rank. */
  readonly dieOrder: ArrayLike<number>
  /** Experts that at least one token chose, ascending. */
  readonly activeExperts: readonly number[]
  /** The same experts in the order in which they first appear when the batch is scanned. */
  readonly firstSeen: readonly number[]
}

/** All pairs. */
export function pairCount({ pairStart }: Pick<LayerWork, 'pairStart'>): number {
  return pairStart[pairStart.length - 1]!
}

/** First pair of an expert. */
export function expertFrom(work: LayerWork, expert: number): number {
  return work.pairStart[expert * work.dies]!
}

/** One past the last pair of an expert. */
export function expertTo(work: LayerWork, expert: number): number {
  return work.pairStart[(expert + 1) * work.dies]!
}

/** Tokens that chose an expert. */
export function expertTokens(work: LayerWork, expert: number): number {
  return expertTo(work, expert) - expertFrom(work, expert)
}

/** Splits a range of pairs of one expert into runs of pairs whose tokens rest on one die. */
export function* restingRuns(
  work: LayerWork,
  fromPair: number,
  toPair: number,
): Generator<{ restingDie: number; fromPair: number; toPair: number }> {
  const { pairStart } = work
  for (let at = rangeOf(work, fromPair), from = fromPair; from < toPair; at++) {
    const to = Math.min(pairStart[at + 1]!, toPair)
    if (to === from) continue
    yield { restingDie: restingDieOf(work, at), fromPair: from, toPair: to }
    from = to
  }
}

/** The die on which the tokens of a range of (expert, die) rest. */
export function restingDieOf({ dieOrder, dies }: LayerWork, range: number): number {
  return dieOrder[range % dies]!
}

/** The token of a pair. Looks through all choices: for messages and tests. */
export function tokenOfPair(work: LayerWork, pair: number): number {
  const { choices, topK, tokens, restingDie, dies, pairStart } = work
  const range = rangeOf(work, pair)
  const expert = Math.floor(range / dies)
  let left = pair - pairStart[range]!
  for (let token = 0; token < tokens; token++) {
    if (restingDie[token] !== restingDieOf(work, range)) continue
    const hasChosen = choices.subarray(token * topK, (token + 1) * topK).includes(expert)
    if (hasChosen && left-- === 0) return token
  }
  throw new Bug(`no token chose the expert of pair ${pair}`)
}

/** The token of every pair. */
export function pairTokens({
  choices,
  topK,
  restingDie,
  dies,
  dieOrder,
  pairStart,
  experts,
}: LayerWork): Int32Array {
  const rank = new Int32Array(dies)
  for (let place = 0; place < dies; place++) rank[dieOrder[place]!] = place
  const tokenOf = new Int32Array(pairStart[experts * dies]!)
  /** By (expert, rank of the resting die): its next pair, since tokens of a die have ascending pairs. */
  const next = pairStart.slice()
  restingDie.forEach((die, token) => {
    for (let at = token * topK; at < (token + 1) * topK; at++) {
      const range = choices[at]! * dies + rank[die]!
      // A choice that is not computed in this iteration has no expert.
      if (choices[at]! >= experts) continue
      tokenOf[next[range]!] = token
      next[range] = next[range]! + 1
    }
  })
  return tokenOf
}

/** Index into `pairStart` of the range of (expert, die) that a pair lies in. Found sooner where its expert is said, which has to be its own. */
export function rangeOf({ pairStart, dies }: LayerWork, pair: number, expert?: number): number {
  let low = expert === undefined ? 0 : expert * dies
  let beyond = expert === undefined ? pairStart.length : low + dies
  // The last start that is not after the pair: of empty ranges and the one behind them, the one behind.
  while (beyond - low > 1) {
    const middle = (low + beyond) >> 1
    if (pairStart[middle]! <= pair) low = middle
    else beyond = middle
  }
  return low
}
