// Constraints on design points, such as `area <= 30 mm2`, decided from the hardware before anything is simulated; those on
// results, such as `latency <= 6 ms`, are limits of what is shown.
import type { Experiment } from '../config/experiment/experiment.ts'
import { compares, limitableMetrics, plainLimit, readLimit, splitComparison } from '../config/limits.ts'
import { type Diagnostic, finding, nearest, UserError } from '../errors.ts'
import { dieAreaMm2, packagePowerW } from '../hardware/area.ts'
import { dieCount } from '../hardware/die-count.ts'
import type { HardwareSpec } from '../hardware/spec.ts'
import { type Dimension, expectedQuantity, parseQuantity } from '../units.ts'
import type { WrittenConstraint } from './axes.ts'

/** What can be constrained: its value in base units, undefined where the hardware does not state what it takes. */
interface DesignQuantity {
  /** Absent: a plain number. */
  readonly dimension?: Dimension
  readonly needs: string
  of(hardware: HardwareSpec): number | undefined
}

const QUANTITIES: Readonly<Record<string, DesignQuantity>> = {
  area: {
    dimension: 'area',
    needs: 'state hardware.area, and a hardware.sram that is not unlimited',
    of: (hardware) =>
      hardware.sramBytes === Infinity ? undefined : dieAreaMm2(hardware, hardware.sramBytes),
  },
  power: { dimension: 'power', needs: 'state hardware.power', of: packagePowerW },
  dies: { needs: '', of: ({ topology }) => dieCount(topology) },
  sram: { dimension: 'size', needs: '', of: ({ sramBytes }) => sramBytes },
  package_sram: {
    dimension: 'size',
    needs: '',
    of: ({ sramBytes, topology }) => sramBytes * dieCount(topology),
  },
  link_bandwidth: { dimension: 'bandwidth', needs: '', of: ({ link }) => link.bytesPerPs },
  memory_bandwidth: {
    dimension: 'bandwidth',
    needs: '',
    of: ({ memory }) => memory.bytesPerPs * memory.channelDies.length,
  },
}

const CONSTRAINT_NAMES = Object.keys(QUANTITIES)

interface Constraint {
  /** Throws UserError where the hardware does not say. */
  holds(experiment: Experiment): boolean
}

interface Constraints {
  readonly onPoints: readonly Constraint[]
  /** As written: see selection.ts. */
  readonly onResults: readonly string[]
}

/** Throws UserError with everything that is wrong with any of them. */
export function readConstraints(written: readonly WrittenConstraint[]): Constraints {
  const findings: Diagnostic[] = []
  const onPoints: Constraint[] = []
  const onResults: string[] = []
  for (const one of written) {
    const isOnResult = limitableMetrics().includes(splitComparison(one.text)?.name ?? '')
    const read = isOnResult ? readLimit(one.text, one.place) : readConstraint(one)
    if ('holds' in read) onPoints.push(read)
    else if ('metric' in read) onResults.push(read.text)
    else findings.push(read)
  }
  if (findings.length > 0) throw new UserError(findings)
  return { onPoints, onResults }
}

function readConstraint({ text, place }: WrittenConstraint): Constraint | Diagnostic {
  const parts = splitComparison(text)
  const bad = (expected: string) =>
    finding('bad-value', { where: 'a constraint', expected, got: `"${text}"` }, place)
  if (parts === undefined) return bad('a name, one of <= >= < >, and a limit, such as area <= 30 mm2')
  const { name, sign, limit: limitText } = parts
  const quantity = Object.hasOwn(QUANTITIES, name) ? QUANTITIES[name] : undefined
  if (quantity === undefined) {
    const allowed = [...CONSTRAINT_NAMES, ...limitableMetrics()]
    const suggestion = nearest(name, allowed)
    const args = { kind: 'quantity to constrain', name, allowed }
    return finding('unknown-name', { ...args, ...(suggestion && { suggestion }) }, place)
  }
  const limit = limitOf(limitText, quantity.dimension)
  if (typeof limit === 'string') return bad(`${name} ${sign} ${limit}`)
  return {
    holds({ hardware }) {
      const value = quantity.of(hardware)
      if (value !== undefined) return compares(value, sign, limit)
      const what = `the ${name} of ${hardware.name} is not known before a simulation`
      throw new UserError([finding('conflict', { what, hint: quantity.needs }, place)])
    },
  }
}

/** In base units, or what was expected. */
function limitOf(text: string, dimension: Dimension | undefined): number | string {
  if (dimension === undefined) return plainLimit(text)
  const limit = parseQuantity(text, dimension)
  return typeof limit === 'number' ? limit : expectedQuantity(dimension)
}
