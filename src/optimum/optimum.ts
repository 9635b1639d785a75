// The optimum of one iteration of a layer: a time that no schedule can beat, with weights where they lie and wherever is best.
import type { Package } from '../hardware/package.ts'
import type { LayerWork } from '../schedulers/work.ts'
import { type Demand, demandOf } from './demand.ts'
import { freeHolders, givenHolders, type Held } from './holders.ts'
import { layerProgram } from './layer-program.ts'
import { provenTime, sharesOf } from './program.ts'
import { type Region, regionsOf } from './regions.ts'
import type { Solve } from './solver.ts'

/** In ps, whole numbers but for the parts; all add up over iterations and layers. */
export class OptimumCounters {
  givenPs = 0
  freePs = 0
  /** Of the first: by how much it shrinks, per share by which a resource is faster. The rest is latency. */
  memoryPs = 0
  linkPs = 0
  computePs = 0
  /** The first, or what the run's bytes take over the fullest border of a region, or over the busiest link, where that is more. */
  borderedPs = 0
  routedPs = 0
}

/** What rounding may add to the sums that prove an optimum, as a share of it: it is taken off. */
const ROUNDING = 1e-9

interface Proven {
  readonly ps: number
  readonly shares: { readonly memory: number; readonly link: number; readonly compute: number }
}

/** Finds optima on one package; keeps those of the iteration asked for last, which many schedulers share. */
export class Optima {
  private readonly pkg: Package
  private readonly solve: Solve
  private readonly regions: readonly Region[]
  private current: { readonly work: LayerWork; readonly demand: Demand; readonly known: Known[] } | undefined

  constructor(pkg: Package, solve: Solve) {
    this.pkg = pkg
    this.solve = solve
    // Where activations move for free, nothing has to enter.
    this.regions = pkg.compat === 'paper' ? [] : regionsOf(pkg)
  }

  find(work: LayerWork, held: Held): OptimumCounters {
    if (this.current?.work !== work) this.current = { work, demand: demandOf(work, this.pkg), known: [] }
    const { demand, known } = this.current
    const signature = signatureOf(demand, held, this.pkg.hardware.memory.shared)
    const before = known.find((one) => isEqual(one.signature, signature))
    if (before !== undefined) return before.optimum
    const optimum = this.optimumOf(demand, held)
    known.push({ signature, optimum })
    return optimum
  }

  private optimumOf(demand: Demand, held: Held): OptimumCounters {
    const free = this.proven(demand, freeHolders(demand, this.pkg, held))
    const { shared } = this.pkg.hardware.memory
    const given = shared ? free : this.proven(demand, givenHolders(demand, held))
    const { ps, shares } = given
    const freePs = Math.min(free.ps, ps)
    return {
      ...{ givenPs: ps, freePs },
      ...{ borderedPs: ps, routedPs: ps },
      ...{ memoryPs: ps * shares.memory, linkPs: ps * shares.link, computePs: ps * shares.compute },
    }
  }

  private proven(demand: Demand, holders: ReturnType<typeof givenHolders>): Proven {
    const { program, unitPs } = layerProgram(demand, this.pkg, this.regions, holders)
    const solution = this.solve(program)
    const ps = Math.floor(provenTime(program, solution.dual) * unitPs * (1 - ROUNDING))
    return { ps: Math.max(0, ps), shares: sharesOf(program, solution) }
  }
}

/** An optimum that has been found, by all that it depends on beside the work. */
interface Known {
  readonly signature: Float64Array
  readonly optimum: OptimumCounters
}

/** All shares that are held, and of how many slices. */
function signatureOf({ experts, dies }: Demand, held: Held, isShared: boolean): Float64Array {
  const { length } = experts
  const signature = new Float64Array(2 * length * dies + 1)
  signature[2 * length * dies] = held.slices
  experts.forEach((expert, i) => {
    for (let die = 0; die < dies; die++) {
      if (!isShared) signature[i * dies + die] = held.inMemory(expert, die)
      if (held.isAnyOnDies) signature[(length + i) * dies + die] = held.onDie(expert, die)
    }
  })
  return signature
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
