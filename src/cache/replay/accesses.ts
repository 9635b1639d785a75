// The accesses of a trace to its experts: token by token, layer by layer, top-k in the trace's order.
import type { RoutingSource } from '../../trace/source.ts'

export interface Accesses {
  /** Expert ids of each layer, [token][slot], requests one after the other. */
  readonly tables: readonly Uint16Array[]
  readonly topK: number
  /** Of all requests. */
  readonly tokens: number
  /** All ids are below it. */
  readonly width: number
  /** Distinct experts that are accessed, over all layers. */
  readonly expertsUsed: number
  /** Tokens times layers times top-k. */
  readonly count: number
}

export function accessesOf({ layers, topK, requests, layerExperts }: RoutingSource): Accesses {
  const tables = layers.map((layer) => layerExperts(layer))
  const tokens = requests.reduce((sum, request) => sum + request.tokens, 0)
  let width = 0
  let expertsUsed = 0
  for (const table of tables) {
    const isUsed = new Uint8Array(2 ** 16)
    for (let i = 0; i < table.length; i++) isUsed[table[i]!] = 1
    width = Math.max(width, isUsed.lastIndexOf(1) + 1)
    for (const used of isUsed) expertsUsed += used
  }
  return { tables, topK, tokens, width, expertsUsed, count: tokens * tables.length * topK }
}

/** Told now and then how many accesses are done. */
export type AccessProgress = (done: number, total: number) => Promise<void>

/** Tokens after which progress is told: some ten thousand accesses. */
export function tokensPerStep({ tables, topK }: Accesses): number {
  return Math.max(1, Math.floor(2 ** 16 / (tables.length * topK)))
}
