// Law: a machine with twice all bandwidths, or twice the compute, is never slower by more than 2 %, but where messages contend for
// links: docs/machine-model.md, "Faster is not always sooner".
import fc from 'fast-check'
import { resultOf } from './machine-laws.ts'
import { type MachineCase, untimedMachines } from './machines.ts'

const SCHEDULERS = ['ep', 'ep-tiled', 'allo-only', 'fse-dp']
const MOST_SLOWER = 0.02
/** Of allo-only, whose estimate shares tokens out greedily, and of fse-dp, where any part of an expert takes its share of the time. */
const MOST_SLOWER_EVENLY = 0.05
/** Links on which nothing waits for anything else. */
const UNCONTENDED = '1000000 GB/s'
/** Times of a cache. */
const UNCOUNTED: Readonly<Record<string, string>> = { hit: '0 ns', miss: '0 ns', write: '0 ns' }

type Tree = Readonly<Record<string, unknown>>

/** Every quantity under these keys, however deep, changed. */
function withQuantities(value: unknown, keys: readonly string[], change: (text: string) => string): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((inner) => withQuantities(inner, keys, change))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      keys.includes(key) && typeof inner === 'string' ? change(inner) : withQuantities(inner, keys, change),
    ]),
  )
}

function twice(quantity: string): string {
  const [number, unit] = quantity.split(' ')
  return `${2 * Number(number)} ${unit}`
}

const CHANGES: Readonly<Record<string, (hardware: Tree) => unknown>> = {
  'twice all bandwidths': (hardware) => withQuantities(hardware, ['bandwidth'], twice),
  'twice the compute': (hardware) => ({
    ...hardware,
    compute: withQuantities(hardware.compute, ['peak', 'clock'], twice),
  }),
}

/** How much longer each scheduler takes on the changed machine, as a share; none where the machine cannot run it. */
async function slowdowns(
  experiment: MachineCase['experiment'],
  change: (hardware: Tree) => unknown,
): Promise<ReadonlyMap<string, number>> {
  const before = await resultOf(experiment)
  if (before === undefined) return new Map()
  const after = await resultOf({ ...experiment, hardware: change(experiment.hardware as Tree) })
  const latencyPs = (result: typeof after, id: string) =>
    result!.results.find((one) => one.id === id)!.metrics.latency!.value
  return new Map(before.results.map(({ id }) => [id, latencyPs(after, id) / latencyPs(before, id) - 1]))
}

function withoutCacheTimes(hardware: Tree): Tree {
  return 'llc' in hardware ? { ...hardware, llc: { ...(hardware.llc as Tree), ...UNCOUNTED } } : hardware
}

/** The machine as an estimate and a slicing have it: any part of an expert takes its share of the time. */
function evenly(hardware: Tree): Tree {
  const { model, peak, clock, rows, columns } = hardware.compute as Tree
  const [number, unit = ''] = String(clock).split(' ')
  const arrayPeak = `${2 * Number(rows) * Number(columns) * Number(number)} ${unit.replace('Hz', 'FLOP/s')}`
  const compute = { model: 'ideal', peak: model === 'systolic' ? arrayPeak : peak }
  return { ...hardware, compute, activations: 'sram', sram: 'unlimited' }
}

export const fasterCases = () =>
  fc.asyncProperty(untimedMachines(SCHEDULERS), async ({ experiment }) => {
    for (const [what, change] of Object.entries(CHANGES)) {
      for (const [id, slowdown] of await slowdowns(experiment, change)) {
        if (slowdown <= MOST_SLOWER) continue
        const said = `${id} takes ${(100 * slowdown).toFixed(1)} % longer with ${what}`
        const { link } = experiment.hardware as { link: Tree }
        // A message waits for the start-ups of others as well.
        const { startup: _, ...parts } = link
        const free = { ...parts, bandwidth: UNCONTENDED, latency: '0 ns', sharing: 'fair' }
        const machine = { ...(experiment.hardware as Tree), link: free }
        const uncached = withoutCacheTimes(machine)
        const rules: [Tree, most: number][] = [
          [machine, MOST_SLOWER],
          [uncached, MOST_SLOWER],
        ]
        if (id === 'allo-only' || id === 'fse-dp') rules.push([evenly(uncached), MOST_SLOWER_EVENLY])
        const left: string[] = []
        for (const [hardware, most] of rules) {
          const alone = (await slowdowns({ ...experiment, schedulers: [id], hardware }, change)).get(id)
          if (alone === undefined || alone > most) left.push(String(alone))
        }
        if (left.length === rules.length)
          throw new Error(`${said}, and no link is to blame: ${left.join(', ')}`)
      }
    }
  })
