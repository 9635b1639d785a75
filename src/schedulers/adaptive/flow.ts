// How long a die takes where tokens come, and results go, more slowly than weights: what of it does not overlap with its slices.
import type { SliceCosts } from './costs.ts'
import type { Part } from './setting.ts'

export interface FlowSetting {
  readonly costs: SliceCosts
  /** Of the layer. */
  readonly tokens: number
  /** Slices that a die has on their way at a time. */
  readonly window: number
  /** Of the layer's tokens, those that rest elsewhere. */
  readonly away: number
  /** See BalanceSetting; endPs is 0 where results stay. */
  readonly startPs: number
  readonly endPs: number
}

/**
 * After the tokens of any of its parts have come, all slices from there on are to be computed, and read but for those that its window
 * holds; and before results of any of its parts leave, all slices up to there. Tokens of several parts come and go once: as many as
 * blind choices hit.
 */
export function flowPs(parts: readonly Part[], setting: FlowSetting): number {
  const { costs, tokens, window, away, startPs, endPs } = setting
  const inTurn = [...parts].sort((a, b) => a.tokens - b.tokens || a.expert - b.expert)
  const readPs = inTurn.map(
    (part) => part.slices.length * (costs.readPs + costs.innerPs(part.tokens)) + costs.inputPs(part.tokens),
  )
  const computePs = inTurn.map((part) => part.slices.length * costs.computePs(part.tokens))
  const slices = inTurn.reduce((sum, part) => sum + part.slices.length, 0)
  const allReadPs = readPs.reduce((sum, ps) => sum + ps, 0)
  const allComputePs = computePs.reduce((sum, ps) => sum + ps, 0)
  const heldPs = (allReadPs / slices) * Math.min(window, slices)
  // By part: tokens of it and those before, and of it and those after.
  const come = distinct(inTurn, tokens)
  const go = distinct([...inTurn].reverse(), tokens).reverse()
  let leastPs = 0
  let readBeforePs = 0
  let computeBeforePs = 0
  inTurn.forEach((_, k) => {
    const inPs = startPs + come[k]! * away * costs.tokenPs
    const afterPs = Math.max(allReadPs - readBeforePs - heldPs, allComputePs - computeBeforePs)
    const outPs = endPs > 0 ? endPs + go[k]! * away * costs.tokenPs : 0
    const beforePs = Math.max(readBeforePs, startPs + computeBeforePs)
    leastPs = Math.max(leastPs, inPs + afterPs, beforePs + outPs)
    readBeforePs += readPs[k]!
    computeBeforePs += computePs[k]!
  })
  return leastPs
}

function distinct(parts: readonly Part[], tokens: number): number[] {
  let seen = 0
  return parts.map((part) => {
    seen += part.tokens * (1 - seen / tokens)
    return seen
  })
}
