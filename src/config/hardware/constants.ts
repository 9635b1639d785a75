// Which constants of a hardware file state how they are known, and how.
import type { HardwareConstant } from '../../hardware/spec.ts'
import { isKnown, type Known } from '../fields.ts'
import type { HardwareFile } from './schema.ts'
import { tierConstants } from './tiers.ts'

/** In the order of the file's sections; constants that state nothing are left out. */
export function constantsOf({ compute, memory, link, nodes, operations }: HardwareFile): HardwareConstant[] {
  const constants: HardwareConstant[] = []
  const add = (name: string, { basis, on }: Known<unknown>) => {
    constants.push({ name, basis, ...(on !== undefined && { on }) })
  }
  if (compute.model === 'kernel') {
    const { units, formats, columns, fill, startup, launches, overlap, reread, elementwise } = compute
    const named = { units, columns, fill, startup, launches, overlap, reread, elementwise }
    for (const [name, constant] of Object.entries(named)) add(`compute.${name}`, constant)
    for (const { weights, peak, share, rows } of formats) {
      for (const [name, constant] of Object.entries({ peak, share, rows })) {
        add(`compute.formats[${weights} B].${name}`, constant)
      }
    }
  }
  const stated = {
    'link.efficiency': link.efficiency,
    'link.startup.message': link.startup?.message,
    'link.startup.exchange': link.startup?.exchange,
    'nodes.efficiency': nodes?.efficiency,
    'nodes.startup.message': nodes?.startup?.message,
    'memory.efficiency': memory.efficiency,
    'operations.startup': operations?.startup,
    'operations.attention': operations?.attention,
    'operations.router': operations?.router,
    'operations.shared': operations?.shared,
    'operations.dense': operations?.dense,
    'operations.head': operations?.head,
  }
  for (const [name, constant] of Object.entries(stated)) {
    if (typeof constant === 'object' && isKnown(constant)) add(name, constant)
  }
  for (const [name, constant] of tierConstants(memory)) add(name, constant)
  return constants
}
