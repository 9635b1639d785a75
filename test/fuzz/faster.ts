// Law: a machine with twice all bandwidths, or twice the compute, is never slower by more than 2 %.
import fc from 'fast-check'
import { resultOf } from './machine-laws.ts'
import { untimedMachines } from './machines.ts'

const SCHEDULERS = ['ep', 'ep-tiled', 'allo-only', 'fse-dp']
const MOST_SLOWER = 0.02

type Tree = Readonly<Record<string, unknown>>

/** Twice every quantity under these keys, however deep. */
export function doubled(value: unknown, keys: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((inner) => doubled(inner, keys))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      keys.includes(key) && typeof inner === 'string' ? twice(inner) : doubled(inner, keys),
    ]),
  )
}

function twice(quantity: string): string {
  const [number, unit] = quantity.split(' ')
  return `${2 * Number(number)} ${unit}`
}

export const fasterCases = () =>
  fc.asyncProperty(untimedMachines(SCHEDULERS), async ({ experiment }) => {
    const { hardware } = experiment as { hardware: Tree }
    const slow = await resultOf(experiment)
    if (slow === undefined) return
    const faster = {
      'twice all bandwidths': doubled(hardware, ['bandwidth', 'injection', 'ejection']),
      'twice the compute': { ...hardware, compute: doubled(hardware.compute, ['peak', 'clock']) },
    }
    for (const [what, changed] of Object.entries(faster)) {
      const fast = await resultOf({ ...experiment, hardware: changed })
      for (const { id, metrics } of fast!.results) {
        const before = slow.results.find((one) => one.id === id)!.metrics.latency!.value
        const after = metrics.latency!.value
        if (after > before * (1 + MOST_SLOWER)) {
          throw new Error(
            `${id} takes ${(100 * (after / before - 1)).toFixed(1)} % longer with ${what}: ${before} ps, ${after} ps`,
          )
        }
      }
    }
  })
