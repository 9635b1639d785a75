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
  readonly windows: readonly {
    readonly before: number
    readonly after: number
    /** Whether it lies after all that the placement was made from. Others say nothing of what it will gain. */
    readonly isLater: boolean
  }[]
  readonly measure: 'step time' | 'load'
  /** Absent: no machine is known, and so no cost. */
  readonly movePs?: number | undefined
  readonly horizonSteps: number
}

/** Fewer say nothing of how traffic changes. */
const FEWEST_WINDOWS = 3

export function verdictOf({ windows: judged, measure, movePs, horizonSteps }: Evidence): Verdict {
  const windows = judged.filter(({ isLater }) => isLater)
  const isEnough = windows.length >= FEWEST_WINDOWS && windows.every(({ after }) => after > 0)
  if (!isEnough) {
    const reason = `${told(windows.length, judged.length)}: at least ${FEWEST_WINDOWS} with tokens are needed`
    return { answer: 'insufficient evidence', reason, movePs, horizonSteps }
  }
  const gain = estimate(windows.map(({ before, after }) => before / after))
  const [low, high] = ends(gain)
  const numbers = { gain, measure, movePs, horizonSteps }
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

/** The windows that count, and why others do not. */
function told(later: number, judged: number): string {
  if (later < judged) {
    return `${later === 0 ? 'none' : later} of ${judged} windows ${later > 1 ? 'lie' : 'lies'} after the part that it was made from`
  }
  const windows = later === 1 ? '1 later window' : `${later} later windows`
  return `${later === 0 ? 'nothing later' : windows} to judge it on`
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
