// A placement as plain CSV: `layer,expert,die`, a line for each copy, layers by their id in the model.
import { type Diagnostic, finding, UserError } from '../../errors.ts'
import type { ExpertMap } from '../../schedulers/placements/expert-map.ts'
import type { FileLayer, MapExpectation } from './map-check.ts'

const HEADER = 'layer,expert,die'

export const isPlacementCsv = (text: string) => /^\uFEFF?layer,expert,die\s*(\r?\n|$)/.test(text)

/** Lines of a die are its slots in order. Throws UserError with all lines that are wrong. */
export function readPlacementCsv(
  text: string,
  { devices, order, hardware }: MapExpectation,
  file: string,
): FileLayer[] {
  const deviceOf = new Map(Array.from(order, (die, device) => [die, device] as const))
  const layers = new Map<number, number[][]>()
  const findings: Diagnostic[] = []
  const refuse = (line: number, lineText: string, what: string) => {
    const span = { line, column: 1, length: Math.max(1, lineText.length), lineText }
    findings.push(finding('trace', { what, hint: `lines are ${HEADER}` }, { file, span }))
  }
  for (const [i, lineText] of text.split(/\r?\n/).entries()) {
    if (i === 0 || lineText === '') continue
    if (findings.length >= MOST_FINDINGS) break
    const match = /^(\d{1,6}),(\d{1,6}),(\d{1,6})$/.exec(lineText)
    if (match === null) {
      refuse(i + 1, lineText, 'a line must be three whole numbers')
      continue
    }
    const [layer, expert, die] = match.slice(1).map(Number) as [number, number, number]
    const device = deviceOf.get(die)
    if (device === undefined) {
      refuse(i + 1, lineText, `die ${die}: ${hardware} has ${devices} dies, 0 to ${devices - 1}`)
      continue
    }
    const slots = layers.get(layer) ?? Array.from({ length: devices }, (): number[] => [])
    layers.set(layer, slots)
    slots[device]!.push(expert)
  }
  if (findings.length > 0) throw new UserError(findings)
  return [...layers].map(([layer, slots]) => ({ layer, slots, at: () => [] }))
}

const MOST_FINDINGS = 20

/** `order`: die of each device. */
export function writePlacementCsv({ layers, slots }: ExpertMap, order?: ArrayLike<number>): string {
  const rows = layers.flatMap((layer, i) =>
    slots[i]!.flatMap((held, device) =>
      held.map((expert) => `${layer},${expert},${order?.[device] ?? device}`),
    ),
  )
  return `${[HEADER, ...rows].join('\n')}\n`
}
