// When each expert is used again in a run, for the policy that knows the future.
import type { ModelShape } from '../../model/shape.ts'
import type { RoutingKnowledge } from '../../schedulers/knowledge.ts'

/** In uses of all experts: so far away that none is farther. */
const NEVER = Number.POSITIVE_INFINITY

/**
 * Uses are numbered iteration by iteration, in each layer by layer, in each in the order in which its tokens first choose the
 * experts. Memory: 4 bytes for each expert that an iteration uses in a layer.
 */
export class NextUses {
  private readonly places: number
  private readonly layerCount: number
  private readonly experts: number
  /** By layer: by expert the iterations that use it, ascending, each with its place among the experts of that iteration. */
  private readonly uses: readonly (readonly Uint32Array[])[]
  /** By layer: the iteration that it is in. */
  private readonly now: Int32Array
  /** By layer and expert: where in `uses` to go on looking. */
  private readonly at: Int32Array

  constructor(layers: readonly RoutingKnowledge[], { experts }: Pick<ModelShape, 'experts'>) {
    this.places = experts
    this.layerCount = layers.length
    this.experts = experts
    this.now = new Int32Array(layers.length).fill(-1)
    this.at = new Int32Array(layers.length * experts)
    this.uses = layers.map((knowledge) => usesOf(knowledge, experts))
  }

  enter(layer: number, iteration: number): void {
    this.now[layer] = iteration
  }

  /** The number of the next use of an expert after the iteration that its layer is in. */
  after(layer: number, expert: number): number {
    const uses = this.uses[layer]![expert]!
    const slot = layer * this.experts + expert
    let at = this.at[slot]!
    while (at < uses.length && Math.floor(uses[at]! / this.places) <= this.now[layer]!) at++
    this.at[slot] = at
    if (at === uses.length) return NEVER
    const iteration = Math.floor(uses[at]! / this.places)
    const place = uses[at]! % this.places
    return (iteration * this.layerCount + layer) * this.places + place
  }
}

/** By expert: iteration x experts + place, of every iteration that uses it. */
function usesOf(knowledge: RoutingKnowledge, experts: number): Uint32Array[] {
  const uses = Array.from({ length: experts }, (): number[] => [])
  for (const iteration of knowledge.iterations.keys()) {
    const firstSeen = new Set(knowledge.choices(iteration))
    let place = 0
    for (const expert of firstSeen) uses[expert]!.push(iteration * experts + place++)
  }
  return uses.map((ofExpert) => Uint32Array.from(ofExpert))
}
