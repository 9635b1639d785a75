// Means of the same cases on both sides: the paper's averages where all of its cases were run, else means of printed bars.
import { mean } from '../measured.ts'
import { ALL_CASES, type Case } from './cases.ts'
import { times } from './common.ts'
import { AVERAGES, type Bar, GAIN_BARS, GAIN_OF_MESH, GAIN_OF_MODEL, HOP_BARS } from './published.ts'

interface Comparable {
  /** Those that the published mean is over. */
  readonly cases: readonly Case[]
  readonly published: number
  readonly text: string
}

const BARS_OF = { gain: GAIN_BARS, hops: HOP_BARS } as const
/** The batch whose bars have labels. */
const LABELLED = 4096

/** The mean of a scheme over all cases. */
export function comparable(cases: readonly Case[], id: string, of: 'gain' | 'hops'): Comparable {
  const bars = BARS_OF[of]
  return cases.length === ALL_CASES.length
    ? { cases, published: AVERAGES[id]![of], text: `${AVERAGES[id]![of]}x (${cases.length} cases)` }
    : ofBars(cases, id, bars)
}

/** The same over the cases of one model or on one mesh, of Allo+Pred. */
export function comparablePart(
  cases: readonly Case[],
  id: string,
  by: 'model' | 'mesh',
  name: string,
): Comparable {
  const own = cases.filter((one) => one[by] === name)
  const published = { model: GAIN_OF_MODEL, mesh: GAIN_OF_MESH }[by][name]!
  return cases.length === ALL_CASES.length
    ? { cases: own, published, text: `${published}x` }
    : ofBars(own, id, GAIN_BARS)
}

function ofBars(cases: readonly Case[], id: string, bars: readonly Bar[]): Comparable {
  const barOf = ({ model, mesh, batch }: Case) =>
    batch === LABELLED ? bars.find((bar) => bar.model === model && bar.mesh === mesh) : undefined
  const labelled = cases.filter((one) => barOf(one) !== undefined)
  const published = mean(labelled.map((one) => barOf(one)!.values[id]!))
  return { cases: labelled, published, text: `${times(published)} (mean of ${labelled.length} printed bars)` }
}
