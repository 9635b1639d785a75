// The start-up of a machine's launches, found on rows of several streams that it decodes.
import type { Io } from '../../io.ts'
import { type FoundConstant, meanLoss } from './constants-fit.ts'
import { minimize } from './minimize.ts'
import { systemTokensPerS } from './system-case.ts'
import type { SystemRow } from './system-rows.ts'

const US_PER_S = 1e6
const TOLERANCE = 1e-3
const MOST_STEPS = 200

/** Two start-ups tell all: on one die, the time of a step grows with it in a straight line. */
const PROBES_US = [1, 5] as const

/** `rows`: of one machine of one die. Throws UserError. */
export async function fitLaunch(io: Io, rows: readonly SystemRow[]): Promise<FoundConstant> {
  const lines: Line[] = []
  for (const { given, measuredTokensPerS } of rows) {
    const stepUs = async (startupUs: number) => {
      const sets = [`hardware.compute.startup.fitted=${startupUs} us`]
      return (US_PER_S * given.streams) / (await systemTokensPerS(io, given, sets))
    }
    const [low, high] = [await stepUs(PROBES_US[0]), await stepUs(PROBES_US[1])]
    const slope = (high - low) / (PROBES_US[1] - PROBES_US[0])
    const measuredUs = (US_PER_S * given.streams) / measuredTokensPerS
    lines.push({ slope, base: low - slope * PROBES_US[0], measuredUs })
  }
  const best = minimize(
    ([log = 0]) =>
      meanLoss(
        lines,
        ({ slope, base }) => base + slope * Math.exp(log),
        (line) => line.measuredUs,
      ),
    [Math.log(PROBES_US[0])],
    TOLERANCE,
    MOST_STEPS,
  )
  return { name: 'compute.startup', unit: 'us', value: Math.exp(best.at[0]!) }
}

/** Time of a row's step: base + slope x start-up, in us. */
interface Line {
  readonly slope: number
  readonly base: number
  readonly measuredUs: number
}
