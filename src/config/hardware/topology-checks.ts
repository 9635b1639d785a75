// Rules of a topology, of nodes, and of links that are not all alike.
import { dieCount } from '../../hardware/die-count.ts'
import type { Reporter } from '../validate.ts'
import type { HardwareFile } from './schema.ts'
import { divisible, flatTopology } from './topology.ts'
import { MAX_DIES } from './topology-schema.ts'

/** The number of dies, and which links join them. */
export function checkTopology(topology: HardwareFile['topology'], report: Reporter): void {
  const dies = dieCount(flatTopology(topology, 1))
  if (dies > MAX_DIES) {
    report.at('conflict', ['topology'], {
      what: `${dies} dies in the package`,
      hint: `the most is ${MAX_DIES}`,
    })
  }
  if (topology.kind !== 'custom') return
  const seen = new Set<string>()
  let valid = true
  const links = topology.links.map((link) => ('dies' in link ? link.dies : link))
  links.forEach(([a, b], i) => {
    const path = ['topology', 'links', i]
    const problem = (what: string, hint: string) => {
      valid = false
      report.at('conflict', path, { what, hint })
    }
    const key = `${Math.min(a, b)}-${Math.max(a, b)}`
    if (a === b) problem(`link [${a}, ${b}] joins die ${a} to itself`, 'a link joins two dies')
    else if (Math.max(a, b) >= dies)
      problem(`link [${a}, ${b}] names die ${Math.max(a, b)}`, `the dies are 0 to ${dies - 1}`)
    else if (seen.has(key))
      problem(
        `link [${a}, ${b}] is given twice`,
        'a link is usable both ways; several side by side are parallel: 2',
      )
    seen.add(key)
  })
  const unreached = valid ? firstUnreached(dies, links) : undefined
  if (unreached !== undefined) {
    const what = `die ${unreached} cannot be reached from die 0`
    report.at('conflict', ['topology', 'links'], { what, hint: 'the links must connect all dies' })
  }
}

function firstUnreached(dies: number, links: readonly (readonly [number, number])[]): number | undefined {
  const neighbours = Array.from({ length: dies }, (): number[] => [])
  for (const [a, b] of links) {
    neighbours[a]?.push(b)
    neighbours[b]?.push(a)
  }
  const reached = new Set([0])
  for (const die of reached) for (const next of neighbours[die] ?? []) reached.add(next)
  const all = Array.from({ length: dies }, (_, die) => die)
  return all.find((die) => !reached.has(die))
}

/** Nodes are cut out of the package in die order, each of them the same. */
export function checkNodes(
  { count }: NonNullable<HardwareFile['nodes']>,
  topology: HardwareFile['topology'],
  report: Reporter,
): void {
  if (count === 1) return
  const parts = divisible(flatTopology(topology, 1))
  if (parts === undefined) {
    report.at('conflict', ['nodes'], {
      what: `nodes in a package of kind ${topology.kind}`,
      hint: 'they need a mesh, a torus, a ring or a crossbar; of other kinds state each link in a custom topology',
    })
  } else if (parts.count % count !== 0) {
    report.at('conflict', ['nodes', 'count'], {
      what: `${parts.count} ${parts.what} in ${count} nodes`,
      hint: `a number that divides ${parts.count}`,
    })
  }
}

/** Routers have one rate, and a start-up of their own. */
export function checkUnequalLinks(
  link: HardwareFile['link'],
  topology: HardwareFile['topology'] | undefined,
  nodes: HardwareFile['nodes'],
  report: Reporter,
): void {
  if (link.sharing !== 'routers') return
  const conflict = (path: readonly (string | number)[], what: string) =>
    report.at('conflict', path, { what, hint: 'use sharing: fair or circuit' })
  if (nodes !== undefined && nodes.count > 1)
    conflict(['nodes'], 'links between nodes beside routers, which have one rate')
  if (link.startup !== undefined) {
    report.at('conflict', ['link', 'startup'], {
      what: 'a start-up beside routers, which have one of their own',
      hint: 'use router: {startup: 20 ns}, or sharing: fair or circuit',
    })
  }
  if (topology?.kind !== 'custom') return
  topology.links.forEach((own, i) => {
    const isOther = 'dies' in own && (own.parallel > 1 || own.bandwidth !== undefined)
    if (isOther)
      conflict(['topology', 'links', i], 'a link of its own bandwidth beside routers, which have one rate')
  })
}
