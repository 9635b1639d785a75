// Whether a placement is worth its cost: an answer by rule, with the numbers behind it.
import { type Estimate, estimate } from '../run/statistics.ts'

type Answer = 'recommend' | 'not now' | 'insufficient evidence'

export interface Verdict {
  readonly answer: Answer
  /** Why, in a sentence. */
  readonly reason: string
  /** Before over after, over windows. */
  readonly gain?: Estimate | undefined
  /** What `gain` is the ratio of. */
  readonly measure?: 'step time' | 'load' | undefined
  /** Saved in each step, over windows. */
  readonly savedPs?: Estimate | undefined
  readonly movePs?: number | undefined
  /** Steps after which what was saved has paid for the move: at the mean, and at both ends of the interval. */
  readonly breakEvenSteps?:
    | { readonly mean: number; readonly fewest: number; readonly most: number }
    | undefined
  /** Steps for which the placement is expected to stay. */
  readonly horizonSteps: number
}

export interface Evidence {
  /** By window: times of a step, or loads where there is no machine. */
  readonly windows: readonly { readonly before: number; readonly after: number }[]
  readonly measure: 'step time' | 'load'
  /** Absent: no machine is known, and so no cost. */
  readonly movePs?: number | undefined
  readonly horizonSteps: number
  /** Whether the windows come after all that the placement is made from. */
  readonly isLater: boolean
}

/** Fewer say nothing of how traffic changes. */
const FEWEST_WINDOWS = 3

export function verdictOf({ windows, measure, movePs, horizonSteps, isLater }: Evidence): Verdict {
  const isEnough = windows.length >= FEWEST_WINDOWS && windows.every(({ after }) => after > 0)
  if (!isEnough) {
    const has = windows.length === 0 ? 'nothing later' : `${windows.length} ${isLater ? 'later ' : ''}windows`
    const reason = `${has} to judge it on: at least ${FEWEST_WINDOWS} with tokens are needed`
    return { answer: 'insufficient evidence', reason, movePs, horizonSteps }
  }
  const gain = estimate(windows.map(({ before, after }) => before / after))
  const [low, high] = ends(gain)
  const numbers = { gain, measure, movePs, horizonSteps }
  if (!isLater) {
    const reason =
      'it is judged on what is not later than what it is made from: let --judge begin where --fit ends, or leave it out'
    return { answer: 'insufficient evidence', reason, ...numbers }
  }
  if (high <= 1) return { answer: 'not now', reason: 'it gains nothing on later windows', ...numbers }
  if (measure === 'load' || movePs === undefined) {
    const reason = 'what moving costs is not known: name the hardware and the model'
    return { answer: 'insufficient evidence', reason, ...numbers }
  }
  const savedPs = estimate(windows.map(({ before, after }) => before - after))
  const steps = (ps: number) => (movePs === 0 ? 0 : ps <= 0 ? Infinity : movePs / ps)
  const [least, most] = ends(savedPs)
  const breakEvenSteps = { mean: steps(savedPs.mean), fewest: steps(most), most: steps(least) }
  return { ...answerOf(low, breakEvenSteps, horizonSteps), ...numbers, savedPs, breakEvenSteps }
}

function answerOf(
  leastGain: number,
  { fewest, most }: { readonly fewest: number; readonly most: number },
  horizon: number,
): Pick<Verdict, 'answer' | 'reason'> {
  if (fewest > horizon) {
    return {
      answer: 'not now',
      reason: `moving is not paid back within ${horizon} steps even at the upper end of the gain`,
    }
  }
  if (leastGain <= 1) {
    return {
      answer: 'insufficient evidence',
      reason: 'the interval of the gain holds no gain at all: judge it on more windows',
    }
  }
  if (most > horizon) {
    return {
      answer: 'insufficient evidence',
      reason: `at the lower end of the gain moving is not paid back within ${horizon} steps`,
    }
  }
  return {
    answer: 'recommend',
    reason: `even at the lower end of the gain moving is paid back within ${horizon} steps`,
  }
}

/** Lower and upper end of the 95 % interval. */
function ends({ mean, ci95 = 0 }: Estimate): [number, number] {
  return [mean - ci95, mean + ci95]
}
