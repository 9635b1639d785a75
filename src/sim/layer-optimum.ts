// The optimum of each iteration beside a layer's run, and what the run puts on links.
import { invariant } from '../errors.ts'
import type { Package } from '../hardware/package.ts'
import { Optima, type OptimumCounters } from '../optimum/optimum.ts'
import { loadSolver } from '../optimum/solver.ts'
import type { LayerWork } from '../schedulers/work.ts'
import { LinkMeter } from './link-meter.ts'
import type { Holdings } from './machine/holdings.ts'
import type { BoundName } from './metrics/bounds.ts'
import { addOptimum, type Totals } from './metrics/totals.ts'
import type { Probe } from './probe.ts'

/** The bound that is the largest, in ps. */
interface Bound {
  readonly name: BoundName
  readonly ps: number
}

/** As much as bounds are off by rounding. */
const ROUNDED = 1 - 1e-9

const RESOURCE_OF_BOUND = {
  compute: 'computePs',
  memory: 'memoryPs',
  tier: 'memoryPs',
  link: 'linkPs',
  bisection: 'linkPs',
} as const

/** Where they are asked for. */
export async function optimaOf(pkg: Package, isAsked: boolean | undefined): Promise<Optima | undefined> {
  return isAsked ? new Optima(pkg, await loadSolver()) : undefined
}

/** Of one scheduler. */
export class LayerOptimum {
  /** Sees what the machine does. */
  readonly meter: LinkMeter
  private readonly optima: Optima

  constructor(pkg: Package, optima: Optima, probe: Probe | undefined) {
    this.optima = optima
    this.meter = new LinkMeter(pkg, probe)
  }

  /** Before an iteration; `bound`: none of which the optimum is below. */
  find(work: LayerWork, holdings: Holdings, bound: Bound): OptimumCounters {
    const optimum = this.optima.find(work, holdings.held)
    const boundPs = Math.floor(bound.ps * ROUNDED)
    if (boundPs <= optimum.givenPs) return optimum
    const none = { memoryPs: 0, linkPs: 0, computePs: 0 }
    return { ...optimum, ...none, givenPs: boundPs, [RESOURCE_OF_BOUND[bound.name]]: boundPs }
  }

  /** After it. A schedule that beats its optimum is a bug. */
  add(totals: Totals, optimum: OptimumCounters, { layer }: LayerWork, latencyPs: number): void {
    const { givenPs } = optimum
    const { linkPs, borderPs } = this.meter.take()
    addOptimum(totals, {
      ...optimum,
      borderedPs: Math.max(givenPs, borderPs),
      routedPs: Math.max(givenPs, linkPs),
    })
    const message = () => `layer ${layer} took ${latencyPs} ps, less than its optimum of ${givenPs} ps`
    invariant(latencyPs >= givenPs, message)
  }
}
