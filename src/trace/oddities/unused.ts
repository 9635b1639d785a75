// Experts that nobody ever chooses: numbers that begin with one, or the counts of a single rank.

/** Selections of an expert on average: over fewer of them it is chance that one is never chosen. */
const LEAST_MEAN_SELECTIONS = 8

/** `totals`: selections of each expert over all layers. undefined: nothing to wonder about. */
export function oneEndUnused(totals: ArrayLike<number>): string | undefined {
  const experts = totals.length
  const selections = sumOf(totals)
  const unused = Array.from(totals).flatMap((of, expert) => (of === 0 ? [expert] : []))
  const [only] = unused
  if (unused.length !== 1 || experts < 3 || selections < LEAST_MEAN_SELECTIONS * experts) return undefined
  if (only === 0)
    return `expert 0 is never chosen in any layer, all others are: do the recorder's numbers begin with 1?`
  if (only === experts - 1)
    return `expert ${only}, the last one, is never chosen in any layer, all others are: are the recorder's numbers one too low, or had its model ${only} experts?`
  return undefined
}

/** `layers`: selections of each expert by layer. undefined: they are spread over more than one rank could have. */
export function oneRankOnly(layers: readonly ArrayLike<number>[]): string | undefined {
  const block = blockOf(layers)
  if (block === undefined) return undefined
  const { said, ranks } = block
  return `${said}: the counts of one rank of ${ranks}? Add up those of all ranks`
}

/** The same of a trace of tokens. `totals`: selections of each expert over all layers. */
export function oneBlockOnly(totals: ArrayLike<number>, model: string): string | undefined {
  const block = blockOf([totals])
  if (block === undefined) return undefined
  const { said, size, experts } = block
  return `${said}: was it recorded with a model of ${size} experts, where ${model} has ${experts}, or on one rank?`
}

interface Block {
  readonly said: string
  readonly size: number
  readonly ranks: number
  readonly experts: number
}

/** The only experts that are ever chosen, where they could be those of a rank. */
function blockOf(layers: readonly ArrayLike<number>[]): Block | undefined {
  const experts = layers[0]?.length ?? 0
  let [first, last, selections] = [experts, -1, 0]
  for (const counts of layers) {
    for (let expert = 0; expert < experts; expert++) {
      if (counts[expert] === 0) continue
      first = Math.min(first, expert)
      last = Math.max(last, expert)
    }
    selections += sumOf(counts)
  }
  const size = last - first + 1
  const isBlock = size > 0 && size < experts && experts % size === 0 && first % size === 0
  // A few selections, or one expert alone, are no rank.
  if (!isBlock || size < 2 || selections < LEAST_MEAN_SELECTIONS * size) return undefined
  const said = `only experts ${first}-${last} are ever chosen, a block the size of a rank, ${othersOf(first, last, experts)} have none in any layer`
  return { said, size, ranks: experts / size, experts }
}

function othersOf(first: number, last: number, experts: number): string {
  const below = first === 0 ? [] : [`0-${first - 1}`]
  const above = last === experts - 1 ? [] : [`${last + 1}-${experts - 1}`]
  return [...below, ...above].join(' and ')
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}
