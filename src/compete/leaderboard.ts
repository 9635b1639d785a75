// Who is how near the optimum: every scheduler over all cells (machine, model, tokens, seed), and the winner of each cell.
import type { MergedSweep } from '../sweep/merge.ts'

/** What a scheduler did in a cell. */
interface Entry {
  readonly scheduler: string
  readonly latencyPs: number
  /** Latency over the cell's optimum with weights wherever is best. */
  readonly overOptimum: number
  readonly sramBytes: number
  /** Absent where the hardware states no constants. */
  readonly energyJ?: number
}

export interface Cell {
  readonly hardware: string
  readonly model: string
  readonly tokens: number
  readonly seed: number
  readonly optimumPs: number
  /** The fastest first. */
  readonly entries: readonly Entry[]
}

/** A scheduler over the cells that it ran in. */
export interface Standing {
  readonly scheduler: string
  readonly cells: number
  /** Cells in which nobody was faster by more than a thousandth. */
  readonly wins: number
  /** Geometric means, and the largest. */
  readonly overOptimum: number
  readonly overBest: number
  readonly worst: number
  /** Shares of the cells in which it is within 1.05 and 1.10 of the optimum. */
  readonly within105: number
  readonly within110: number
  /** Of the cells that others ran in too, the fastest other's latency over its own: geometric mean, and least. */
  readonly lead?: number
  readonly leastLead?: number
  readonly sramBytes: number
  readonly energyJ?: number
}

export interface Leaderboard {
  /** Those that ran in most cells first, of these the nearest to the optimum. */
  readonly standings: readonly Standing[]
  /** In the order of the sweep; those that nobody ran in are left out. */
  readonly cells: readonly Cell[]
  /** (cell, scheduler) that could not run, such as weights that do not fit. */
  readonly refused: number
  /** Why, the most frequent first. */
  readonly reasons: readonly { readonly error: string; readonly count: number }[]
}

/** As near as this to the fastest is as fast. */
const TIED = 1.001

/** The axes of a competition, in this order. */
export const AXES = ['hardware', 'model', 'workload.tokens', 'seed', 'schedulers'] as const

/** Reads every point once. */
export async function leaderboard(merged: MergedSweep): Promise<Leaderboard> {
  const byCell = new Map<string, CellSum>()
  const errors = new Map<string, number>()
  for await (const { values, record } of merged.points()) {
    const [hardware, model, tokens, seed] = values
    if (record.error !== undefined) errors.set(record.error, (errors.get(record.error) ?? 0) + 1)
    const key = JSON.stringify([hardware, model, tokens, seed])
    const cell = byCell.get(key) ?? {
      hardware: hardware!,
      model: model!,
      tokens: Number(tokens),
      seed: Number(seed),
      optimaPs: [],
      runs: [],
    }
    byCell.set(key, cell)
    for (const { id, metrics } of record.results) {
      const { latency, optimumFree, peakSramPerDie, energy } = metrics
      if (optimumFree !== undefined) cell.optimaPs.push(optimumFree.value)
      cell.runs.push({
        scheduler: id,
        latencyPs: latency!.value,
        sramBytes: peakSramPerDie!.value,
        ...(energy && { energyJ: energy.value }),
      })
    }
  }
  const cells = [...byCell.values()].filter(({ optimaPs }) => optimaPs.length > 0).map(cellOf)
  const reasons = Array.from(errors, ([error, count]) => ({ error, count })).sort((a, b) => b.count - a.count)
  const refused = reasons.reduce((sum, { count }) => sum + count, 0)
  return { standings: standingsOf(cells), cells, refused, reasons }
}

interface CellSum extends Pick<Cell, 'hardware' | 'model' | 'tokens' | 'seed'> {
  readonly optimaPs: number[]
  readonly runs: Omit<Entry, 'overOptimum'>[]
}

/** The optimum is the same for all but those who begin with weights on dies: of these it counts for nobody. */
function cellOf({ optimaPs, runs, ...cell }: CellSum): Cell {
  const optimumPs = Math.max(...optimaPs)
  const entries = runs
    .map((run): Entry => ({ ...run, overOptimum: run.latencyPs / optimumPs }))
    .sort((a, b) => a.latencyPs - b.latencyPs)
  return { ...cell, optimumPs, entries }
}

function standingsOf(cells: readonly Cell[]): Standing[] {
  const schedulers = new Set(cells.flatMap(({ entries }) => entries.map(({ scheduler }) => scheduler)))
  const standings = [...schedulers].map((scheduler): Standing => {
    const ran = cells.flatMap(({ entries }) => {
      const own = entries.find((entry) => entry.scheduler === scheduler)
      const other = entries.find((entry) => entry.scheduler !== scheduler)
      return own === undefined ? [] : [{ own, bestPs: entries[0]!.latencyPs, otherPs: other?.latencyPs }]
    })
    const meanOf = (of: (cell: (typeof ran)[number]) => number) => geometricMean(ran.map(of))
    const within = (most: number) => ran.filter(({ own }) => own.overOptimum <= most).length / ran.length
    const leads = ran.flatMap(({ own, otherPs }) => (otherPs === undefined ? [] : [otherPs / own.latencyPs]))
    const energies = ran.flatMap(({ own }) => own.energyJ ?? [])
    return {
      scheduler,
      cells: ran.length,
      wins: ran.filter(({ own, bestPs }) => own.latencyPs <= TIED * bestPs).length,
      overOptimum: meanOf(({ own }) => own.overOptimum),
      overBest: meanOf(({ own, bestPs }) => own.latencyPs / bestPs),
      worst: Math.max(...ran.map(({ own }) => own.overOptimum)),
      within105: within(1.05),
      within110: within(1.1),
      ...(leads.length > 0 && { lead: geometricMean(leads), leastLead: Math.min(...leads) }),
      sramBytes: meanOf(({ own }) => own.sramBytes),
      ...(energies.length > 0 && { energyJ: geometricMean(energies) }),
    }
  })
  return standings.sort((a, b) => b.cells - a.cells || a.overOptimum - b.overOptimum)
}

/** Of positive numbers. */
function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
