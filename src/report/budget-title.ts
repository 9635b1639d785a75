// How the constants behind energy, area and power are known, in the title of their table.
import type { HardwareSpec } from '../hardware/spec.ts'
import type { RunResult } from '../sim/result.ts'

/** `energy, area and power from derived constants`; of different origin: `energy from assumed, area from published constants`. */
export function budgetTitle(result: RunResult): string {
  const { hardware } = result.experiment as { hardware: Pick<HardwareSpec, 'energy' | 'area' | 'power'> }
  const byBasis = new Map<string, string[]>()
  for (const name of ['energy', 'area', 'power'] as const) {
    const basis = hardware[name]?.basis
    if (basis !== undefined) byBasis.set(basis, [...(byBasis.get(basis) ?? []), name])
  }
  const groups = [...byBasis].map(([basis, names]) => `${listed(names)} from ${basis}`)
  return `${groups.join(', ')} constants`
}

const listed = (names: readonly string[]) =>
  names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
