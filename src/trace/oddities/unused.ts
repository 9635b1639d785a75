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
  const part = blockOf(layers) ?? dealtOf(layers)
  if (part === undefined) return undefined
  return `${part.said}: the counts of one rank of ${part.ranks}? Add up those of all ranks`
}

/** The same of a trace of tokens. `totals`: selections of each expert over all layers. */
export function oneBlockOnly(totals: ArrayLike<number>, model: string): string | undefined {
  const block = blockOf([totals])
  if (block !== undefined) {
    const size = totals.length / block.ranks
    return `${block.said}: was it recorded with a model of ${size} experts, where ${model} has ${totals.length}, or on one rank?`
  }
  const dealt = dealtOf([totals])
  return dealt && `${dealt.said}: was it recorded on one rank of ${dealt.ranks}?`
}

/** The only experts that are ever chosen, where they could be those of a rank. */
interface PartOfExperts {
  readonly said: string
  readonly ranks: number
}

/** Of ranks that have neighbours each. */
function blockOf(layers: readonly ArrayLike<number>[]): PartOfExperts | undefined {
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
  return { said, ranks: experts / size }
}

/** Of ranks that experts are dealt to in turn: every second one, or every third; all that such a rank has are chosen. */
function dealtOf(layers: readonly ArrayLike<number>[]): PartOfExperts | undefined {
  const experts = layers[0]?.length ?? 0
  const totals = Array.from({ length: experts }, (_, expert) =>
    layers.reduce((sum, counts) => sum + counts[expert]!, 0),
  )
  const chosen = [...totals.keys()].filter((expert) => totals[expert]! > 0)
  const [first = 0, second = 0] = chosen
  const ranks = second - first
  const isDealt = ranks > 1 && first < ranks && chosen.length * ranks === experts
  if (!isDealt || chosen.some((expert, i) => expert !== first + i * ranks)) return undefined
  if (sumOf(totals) < LEAST_MEAN_SELECTIONS * chosen.length) return undefined
  const said = `only experts ${first}, ${second} and so on, one of every ${ranks}, are ever chosen, the others in no layer, as of a rank that experts are dealt to in turn`
  return { said, ranks }
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
