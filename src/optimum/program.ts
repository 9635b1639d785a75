// A linear program that minimises a time, and what its duals prove: a bound that holds whatever the solver's tolerances.

/** What a row limits: the answer to "what would more of it help". `other`: no resource. */
export type RowKind = 'memory' | 'link' | 'compute' | 'other'

interface Row {
  readonly kind: RowKind
  readonly atLeast: number
  readonly columns: readonly number[]
  readonly factors: readonly number[]
}

/** The time that is minimised: its column is not limited, every other one lies in 0..1. */
export const TIME = 0

/** Rows sum(factor * column) >= atLeast. */
export class Program {
  columns = 1
  readonly rows: Row[] = []

  /** A quantity in 0..1; returns its column. */
  column(): number {
    return this.columns++
  }

  /** Columns in the order of the factors; factors of 0 are left out. */
  row(kind: RowKind, atLeast: number, terms: Iterable<readonly [column: number, factor: number]>): void {
    const columns: number[] = []
    const factors: number[] = []
    for (const [column, factor] of terms) {
      if (factor === 0) continue
      columns.push(column)
      factors.push(factor)
    }
    this.rows.push({ kind, atLeast, columns, factors })
  }

  /** In CPLEX LP format. */
  text(): string {
    const lines = ['Minimize', ' obj: x0', 'Subject To']
    this.rows.forEach(({ atLeast, columns, factors }, i) => {
      const terms = columns.map(
        (column, at) => `${factors[at]! < 0 ? '-' : '+'} ${Math.abs(factors[at]!)} x${column}`,
      )
      lines.push(` r${i}: ${terms.join(' ')} >= ${atLeast}`)
    })
    lines.push('Bounds')
    for (let column = 1; column < this.columns; column++) lines.push(` 0 <= x${column} <= 1`)
    return [...lines, 'End', ''].join('\n')
  }
}

export interface Solution {
  /** By column. */
  readonly primal: Float64Array
  /** By row. */
  readonly dual: Float64Array
}

/**
 * The least time that the duals prove (weak duality): for any weights y >= 0 of the rows of which the time's column adds up to
 * at most 1, every feasible time is at least y * atLeast + sum over columns of min(0, -y * column). So the solver may be off
 * by its tolerance and the bound still holds, but for the rounding of these sums.
 */
export function provenTime(program: Program, dual: Float64Array): number {
  const reduced = new Float64Array(program.columns)
  let proven = 0
  program.rows.forEach(({ atLeast, columns, factors }, i) => {
    const weight = Math.max(0, dual[i]!)
    if (weight === 0) return
    proven += weight * atLeast
    columns.forEach((column, at) => {
      reduced[column] = reduced[column]! - weight * factors[at]!
    })
  })
  for (let column = 1; column < program.columns; column++) proven += Math.min(0, reduced[column]!)
  // Weights that count the time more than once prove so much less each.
  return proven / Math.max(1, -reduced[TIME]!)
}

/** By kind of row: by how much of the time each would shrink if its resource were faster, as shares of the time. */
export function sharesOf(program: Program, { primal, dual }: Solution): Record<RowKind, number> {
  const shares = { memory: 0, link: 0, compute: 0, other: 0 }
  const time = primal[TIME]!
  if (time === 0) return shares
  program.rows.forEach(({ kind, columns, factors }, i) => {
    if (kind === 'other') return
    // Of a row time - load >= start, in which the load is what the resource takes.
    let load = 0
    columns.forEach((column, at) => {
      if (column !== TIME) load -= factors[at]! * primal[column]!
    })
    shares[kind] += (Math.max(0, dual[i]!) * load) / time
  })
  return shares
}
