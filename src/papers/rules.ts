// The rules that verdicts follow: each looks at simulated numbers alone and says what it demands.
import type { Judgement, Verdict } from './figure.ts'

const grade = (isPass: boolean, isPartly: boolean): Verdict =>
  isPass ? 'pass' : isPartly ? 'partly' : 'fail'

/** Three digits are enough to name a limit. */
const shown = (value: number) => `${Number(value.toPrecision(3))}`
const percent = (share: number) => `${shown(100 * share)} %`

/** Ours near a published number: relative deviation at most `pass`, or at most `partly`. */
export function near(ours: number, published: number, { pass = 0.05, partly = 0.15 } = {}): Judgement {
  const deviation = Math.abs(ours / published - 1)
  return {
    verdict: grade(deviation <= pass, deviation <= partly),
    rule: `pass within ${percent(pass)} of ${shown(published)}, partly within ${percent(partly)}`,
  }
}

/** Ours near a published share, in percentage points. */
export function nearShare(ours: number, published: number, { pass = 0.02, partly = 0.1 } = {}): Judgement {
  const deviation = Math.abs(ours - published)
  return {
    verdict: grade(deviation <= pass, deviation <= partly),
    rule: `pass within ${shown(100 * pass)} percentage points of ${percent(published)}, partly within ${shown(100 * partly)}`,
  }
}

/** Ours at most `pass`; partly up to `partly`. */
export function atMost(ours: number, pass: number, partly: number, show = shown): Judgement {
  return {
    verdict: grade(ours <= pass, ours <= partly),
    rule: `pass up to ${show(pass)}, partly up to ${show(partly)}`,
  }
}

/** Ours at least `pass`; partly from `partly` on. */
export function atLeast(ours: number, pass: number, partly: number, show = shown): Judgement {
  return {
    verdict: grade(ours >= pass, ours >= partly),
    rule: `pass from ${show(pass)} on, partly from ${show(partly)} on`,
  }
}

/** How many of a claim's cases hold: pass where more than a share of `pass` do, partly from `partly` on. */
export function mostOf(holding: number, of: number, { pass = 0.5, partly = 0.25 } = {}): Judgement {
  const share = of === 0 ? 0 : holding / of
  return {
    verdict: grade(share > pass, share >= partly && of > 0),
    rule: `pass where more than ${percent(pass)} of the cases hold, partly from ${percent(partly)} on`,
  }
}

/** How many of a claim's cases hold that speaks of all of them: pass with every one, partly from a share of `partly` on. */
export function everyOf(holding: number, of: number, partly = 0.5): Judgement {
  return {
    verdict: grade(of > 0 && holding === of, of > 0 && holding / of >= partly),
    rule: `pass where all ${of} cases hold, partly from ${percent(partly)} on`,
  }
}

/** One part of a claim: a demand in words, and whether the numbers meet it. */
export interface Part {
  readonly demand: string
  readonly holds: boolean
}

/** A claim of several parts: pass with all of them, fail with none, else partly. */
export function allOf(parts: readonly Part[]): Judgement {
  const holding = parts.filter(({ holds }) => holds).length
  return {
    verdict: grade(parts.length > 0 && holding === parts.length, holding > 0),
    rule: `pass where all ${parts.length} demands hold, partly where some do`,
  }
}

/** `holds: a, b; does not: c`, for a reason. */
export function tellParts(parts: readonly Part[]): string {
  const tell = (label: string, which: boolean) => {
    const demands = parts.filter(({ holds }) => holds === which).map(({ demand }) => demand)
    return demands.length === 0 ? [] : [`${label}: ${demands.join('; ')}`]
  }
  return [...tell('holds', true), ...tell('does not hold', false)].join('. ')
}

/** Ours between two published numbers; partly up to a share of `slack` beyond them. */
export function between(ours: number, from: number, to: number, slack = 0.15): Judgement {
  const beyond = ours < from ? from / ours - 1 : ours / to - 1
  return {
    verdict: grade(beyond <= 0, beyond <= slack),
    rule: `pass from ${shown(from)} to ${shown(to)}, partly up to ${percent(slack)} beyond`,
  }
}

/** Ours within a factor of a published number. */
export function withinFactor(ours: number, published: number, pass: number, partly: number): Judgement {
  const factor = Math.max(ours / published, published / ours)
  return {
    verdict: grade(factor <= pass, factor <= partly),
    rule: `pass within a factor of ${shown(pass)} of ${shown(published)}, partly within ${shown(partly)}`,
  }
}

/** A range that is stated of all cases: every one of them lies in it; partly where at least half of them do. */
export function allInside(values: readonly number[], from: number, to: number): Judgement {
  const inside = insideOf(values, from, to)
  return {
    verdict: grade(values.length > 0 && inside === values.length, 2 * inside >= values.length && inside > 0),
    rule: `pass where every case lies from ${shown(from)} to ${shown(to)}, partly where half of them do; ${inside} of ${values.length} do`,
  }
}

/** How many lie in a range. */
export function insideOf(values: readonly number[], from: number, to: number): number {
  return values.filter((value) => value >= from && value <= to).length
}
