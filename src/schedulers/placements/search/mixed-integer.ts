// The placement question as mixed-integer programs in CPLEX LP form: by what a device may hold, or by who lies where.
import type { PlaceProblem, Slots } from './problem.ts'

/** So many copies of an expert, each with an even share of its load. */
interface Choice {
  readonly expert: number
  readonly copies: number
  readonly share: number
}

/** A program, and the placement that values of its variables stand for. */
export interface Program {
  readonly text: string
  readonly layoutOf: (solved: (variable: string) => number) => Slots
}

const MOST_PATTERNS = 20_000

/**
 * Is there a placement with no device above `limit`? Its variables count the devices that hold each set of experts which fits
 * under the limit, so that devices, which are all alike, have no names to be swapped. undefined: there are too many such sets.
 */
export function patternProgram(problem: PlaceProblem, limit: number): Program | undefined {
  const choices = choicesUnder(problem, limit)
  const patterns = patternsUnder(problem, choices, limit)
  if (patterns === undefined) return undefined
  const holding: string[][] = choices.map(() => [])
  for (const [i, pattern] of patterns.entries()) for (const choice of pattern) holding[choice]!.push(`n${i}`)
  const rows = choices.map(({ copies }, i) => `${sum([...holding[i]!, `- ${copies} y${i}`])} = 0`)
  rows.push(...oneOfEach(problem, choices))
  rows.push(`${sum(patterns.map((_, i) => `n${i}`))} = ${problem.devices}`)
  const bounds = patterns.map((_, i) => `n${i} <= ${problem.devices}`)
  return {
    text: program('0 n0', rows, bounds, { general: patterns.map((_, i) => `n${i}`), binary: names(choices) }),
    layoutOf: (solved) =>
      patterns.flatMap((pattern, i) => {
        const held = pattern.map((choice) => choices[choice]!.expert)
        return Array.from({ length: Math.round(solved(`n${i}`)) }, () => held)
      }),
  }
}

/** The least load of the fullest device, in thousandths of `limit`: T, from `least` to the limit itself. */
export function assignmentProgram(problem: PlaceProblem, limit: number, least: number): Program {
  const { devices, slots, loads } = problem
  const choices = choicesUnder(problem, limit)
  const at = (choice: number, device: number) => `x${choice}_${device}`
  const everyDevice = Array.from({ length: devices }, (_, device) => device)
  const scale = LIMIT_VALUE / limit
  const rows = choices.flatMap(({ copies }, i) => [
    ...everyDevice.map((device) => `${at(i, device)} - y${i} <= 0`),
    `${sum([...everyDevice.map((device) => at(i, device)), `- ${copies} y${i}`])} = 0`,
  ])
  rows.push(...oneOfEach(problem, choices))
  for (const device of everyDevice) {
    const loaded = choices.flatMap(({ share }, i) =>
      share > 0 ? [`${(share * scale).toFixed(9)} ${at(i, device)}`] : [],
    )
    rows.push(`${sum([...loaded, '- T'])} <= 0`)
    rows.push(`${sum(choices.map((_, i) => at(i, device)))} = ${slots}`)
  }
  const binary = [...names(choices), ...choices.flatMap((_, i) => everyDevice.map((device) => at(i, device)))]
  const bounds = [`${(least * scale).toFixed(9)} <= T <= ${LIMIT_VALUE}`]
  return {
    text: program('T', rows, bounds, { general: [], binary }),
    layoutOf: (solved) =>
      everyDevice.map((device) =>
        [...loads.keys()].filter((expert) =>
          choices.some((choice, i) => choice.expert === expert && solved(at(i, device)) > 0.5),
        ),
      ),
  }
}

/** What the limit is scaled to, so that tolerances of the solver mean the same for all loads. */
export const LIMIT_VALUE = 1000

/** Variables of the assignment program, before it is written. */
export function assignmentSize(problem: PlaceProblem, limit: number): number {
  return choicesUnder(problem, limit).length * (problem.devices + 1)
}

/** Numbers of copies with which an expert's share fits under the limit and that leave slots for all others. */
function choicesUnder({ loads, devices, slots }: PlaceProblem, limit: number): Choice[] {
  const fewest = loads.map((load) => Math.max(1, Math.ceil(load / limit - 1e-9)))
  const spare = devices * slots - fewest.reduce((total, count) => total + count, 0)
  return [...loads].flatMap((load, expert) => {
    const low = fewest[expert]!
    const high = Math.min(devices, low + spare)
    return Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => ({
      expert,
      copies: low + i,
      share: load / (low + i),
    }))
  })
}

/**
 * Every set of choices of different experts that fills a device, has no more than the limit and no less than what the others
 * at their limit leave over.
 */
function patternsUnder(
  { loads, devices, slots }: PlaceProblem,
  choices: readonly Choice[],
  limit: number,
): number[][] | undefined {
  const total = loads.reduce((all, load) => all + load, 0)
  const least = total - (devices - 1) * limit * (1 + 1e-9)
  const patterns: number[][] = []
  const held: number[] = []
  let looks = 0
  /** false: there are too many. */
  const extend = (from: number, load: number): boolean => {
    if (++looks > MOST_PATTERNS * 50) return false
    if (held.length === slots) {
      if (load >= least) patterns.push([...held])
      return patterns.length <= MOST_PATTERNS
    }
    for (let next = from; next < choices.length; next++) {
      const { expert, share } = choices[next]!
      const last = held.at(-1)
      if (load + share > limit || (last !== undefined && choices[last]!.expert === expert)) continue
      held.push(next)
      const isDone = extend(next + 1, load + share)
      held.pop()
      if (!isDone) return false
    }
    return true
  }
  return extend(0, 0) ? patterns : undefined
}

/** Each expert has one number of copies. */
function oneOfEach({ loads }: PlaceProblem, choices: readonly Choice[]): string[] {
  return [...loads.keys()].map((expert) => {
    const own = choices.flatMap((choice, i) => (choice.expert === expert ? [`y${i}`] : []))
    return `${own.length === 0 ? '0 y0' : sum(own)} = 1`
  })
}

const names = (choices: readonly Choice[]) => choices.map((_, i) => `y${i}`)

/** Terms with their signs, several to a line: readers of the form have a longest line. */
function sum(terms: readonly string[]): string {
  return terms.map((term, i) => (i === 0 || term.startsWith('-') ? term : `+ ${term}`)).join('\n  ')
}

function program(
  objective: string,
  rows: readonly string[],
  bounds: readonly string[],
  { general, binary }: { readonly general: readonly string[]; readonly binary: readonly string[] },
): string {
  const integers = general.length === 0 ? [] : ['Generals', ...general]
  const lines = rows.map((row, i) => `r${i}: ${row}`)
  const parts = ['Minimize', `obj: ${objective}`, 'Subject To', ...lines, 'Bounds', ...bounds]
  return `${[...parts, ...integers, 'Binaries', ...binary, 'End'].join('\n')}\n`
}
