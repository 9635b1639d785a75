// Adds up the histograms of all files of a trace and checks that they fit each other.
import { invariant } from '../errors.ts'
import type { Io } from '../io.ts'
import { layerList, type TraceExpectation } from './expectation.ts'
import type { Findings } from './findings.ts'
import { type HistogramPhase, type HistogramSource, histogramSha256 } from './histogram.ts'

/** Counts of one file: per layer [expert]. */
export interface HistogramDraft {
  readonly phase: HistogramPhase
  readonly counts: ReadonlyMap<number, Float64Array>
}

/** Beyond, whole numbers are not told apart, and sums of them may not end. */
const MOST_SELECTIONS = Number.MAX_SAFE_INTEGER

export class HistogramBuilder {
  readonly expectation: TraceExpectation
  /** Files added so far. */
  files = 0
  private readonly sums = new Map<HistogramPhase, Map<number, Float64Array>>()
  private layers: readonly number[] | undefined

  constructor(expectation: TraceExpectation) {
    this.expectation = expectation
  }

  get isEmpty(): boolean {
    return this.files === 0
  }

  /** Adds one file's counts. Throws UserError where it covers other layers than those before it, or counts nothing. */
  add({ phase, counts }: HistogramDraft, findings: Findings): void {
    const layers = [...counts.keys()].sort((a, b) => a - b)
    if (layers.length === 0) findings.stop('covers no layer')
    const idle = layers.find((layer) => counts.get(layer)!.every((count) => count === 0))
    if (idle !== undefined) findings.stop(`no selections in layer ${idle}`)
    for (const layer of layers) {
      const most = counts.get(layer)!.reduce((a, b) => Math.max(a, b), 0)
      if (most > MOST_SELECTIONS)
        findings.stop(`layer ${layer}: a count of ${most}; more than ${MOST_SELECTIONS} nobody has counted`)
    }
    this.layers ??= layers
    if (this.layers.join() !== layers.join()) {
      findings.stop(
        `covers layers ${layerList(layers)}, the files before it ${layerList(this.layers)}`,
        undefined,
        'all files of a trace must cover the same layers',
      )
    }
    const sums = this.sums.get(phase) ?? new Map<number, Float64Array>()
    this.sums.set(phase, sums)
    for (const layer of layers) {
      const sum = sums.get(layer) ?? new Float64Array(this.expectation.experts)
      sums.set(layer, sum)
      for (const [expert, count] of counts.get(layer)!.entries()) sum[expert]! += count
    }
    this.files++
  }

  /** The source of everything added; there must be at least one file. */
  build(io: Pick<Io, 'hash'>, label: string): HistogramSource {
    const { layers, sums } = this
    invariant(layers !== undefined, 'histograms without a file')
    const histograms = {
      label,
      experts: this.expectation.experts,
      layers,
      phases: [...sums.keys()],
      counts(layer: number, phase: HistogramPhase): Float64Array {
        const counts = sums.get(phase)?.get(layer)
        invariant(counts !== undefined, () => `layer ${layer} (${phase}) asked of ${label}, which has it not`)
        return counts
      },
    }
    return { ...histograms, sha256: histogramSha256(io, histograms) }
  }
}
