// What spans of one layer become on a timeline: slices on lanes of dies.
import type { Topology } from '../../hardware/topology.ts'
import type { Span } from '../../sim/probe.ts'

/** Lanes of each die; those of links follow, in the order of the links that begin there. */
export const UNITS = ['compute unit', 'memory channel', 'prefetch unit'] as const

export interface Slice {
  readonly die: number
  /** Index of the lane within the die: of UNITS, then of its links. */
  readonly lane: number
  readonly name: string
  readonly startPs: number
  readonly endPs: number
  readonly span: Span
}

/**
 * The lanes of every die beside UNITS: `link to die 3`, then `from host` and `cores of host` for each tier beyond its memory. A
 * link from the switch of a crossbar belongs to its receiver.
 */
export interface LinkLanes {
  /** By die, then by lane of the die. */
  readonly names: readonly (readonly string[])[]
  /** By link: die and lane. */
  readonly places: readonly (readonly [die: number, lane: number])[]
  /** By die: the lane of the nearest tier. */
  readonly firstTier: readonly number[]
}

/** `tiers`: names of memories beyond those at the dies, the nearest first. */
export function linkLanes(
  { dies, links }: Pick<Topology, 'dies' | 'links'>,
  tiers: readonly string[] = [],
): LinkLanes {
  const names = Array.from({ length: dies }, (): string[] => [])
  const places = links.map(({ from, to }): [number, number] => {
    const die = from < dies ? from : to
    const name =
      from >= dies ? 'link from the switch' : to >= dies ? 'link to the switch' : `link to die ${to}`
    const own = names[die]!
    const twins = own.filter((known) => known === name || known.startsWith(`${name} (`)).length
    own.push(twins === 0 ? name : `${name} (${twins + 1})`)
    return [die, UNITS.length + own.length - 1]
  })
  const firstTier = names.map((own) => UNITS.length + own.length)
  for (const own of names) own.push(...tiers.flatMap((name) => [`from ${name}`, `cores of ${name}`]))
  return { names, places, firstTier }
}

/** `expert 12 slice 3`, `expert 12 tokens`. */
const nameOf = ({ expert, slice }: Span) => `expert ${expert} ${slice < 0 ? 'tokens' : `slice ${slice}`}`

/** Slices in order of their starts. A message lies on every link of its way from its start to its arrival. */
export function slicesOf(
  spans: readonly Span[],
  topology: Topology,
  { places, firstTier }: LinkLanes,
): Slice[] {
  const computed = computeStarts(spans)
  const slices = spans.flatMap((span): Slice[] => {
    const { kind, die, peer, startPs, endPs } = span
    const name = nameOf(span)
    if (kind === 'compute') return [{ die, lane: 0, name, startPs, endPs, span }]
    if (kind === 'load') return [{ die, lane: 1, name, startPs, endPs, span }]
    if (kind === 'write') return [{ die, lane: 1, name: `${name} as replica`, startPs, endPs, span }]
    if (kind === 'bring' || kind === 'core') {
      const lane = firstTier[die]! + 2 * (span.tier! - 1) + (kind === 'core' ? 1 : 0)
      return [{ die, lane, name: kind === 'core' ? `expert ${span.expert}` : name, startPs, endPs, span }]
    }
    if (kind === 'reserve') return [{ die, lane: 2, name, startPs, endPs: neededFrom(span, computed), span }]
    return [...topology.route(die, peer).links].map((link) => {
      const [at, lane] = places[link]!
      return { die: at, lane, name: `${name} to die ${peer}`, startPs, endPs, span }
    })
  })
  return slices.sort((a, b) => a.startPs - b.startPs || a.endPs - b.endPs)
}

const keyOf = ({ die, expert, slice }: Span) => `${die}/${expert}/${slice}`

function computeStarts(spans: readonly Span[]): ReadonlyMap<string, readonly number[]> {
  const starts = new Map<string, number[]>()
  for (const span of spans) {
    if (span.kind !== 'compute') continue
    const known = starts.get(keyOf(span))
    if (known) known.push(span.startPs)
    else starts.set(keyOf(span), [span.startPs])
  }
  return starts
}

/** When a slice that has room on a die is first computed with; where it only passes through, when it leaves. */
function neededFrom(hold: Span, computed: ReadonlyMap<string, readonly number[]>): number {
  const uses = computed.get(keyOf(hold)) ?? []
  return uses.find((startPs) => startPs >= hold.startPs && startPs <= hold.endPs) ?? hold.endPs
}
