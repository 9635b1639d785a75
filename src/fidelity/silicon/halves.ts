// Which rows constants were fitted on, and which are left to judge them: every second token count.
import type { HardwareSpec } from '../../hardware/spec.ts'

/** Token counts in ascending order alternate: the first, third, fifth and so on were fitted on. */
export function fittedTokens(counts: Iterable<number>): ReadonlySet<number> {
  const ascending = [...new Set(counts)].sort((a, b) => a - b)
  return new Set(ascending.filter((_, i) => i % 2 === 0))
}

/** Hardware without fitted constants is judged on all rows. `part`: the section of its file, such as compute. */
export function hasFitted({ constants = [] }: HardwareSpec, part: string): boolean {
  return constants.some(({ name, basis }) => basis === 'fitted' && name.startsWith(`${part}.`))
}
