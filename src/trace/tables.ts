// Routing tables in memory that threads share, two bytes per expert id.
import { invariant } from '../errors.ts'
import type { Io } from '../io.ts'
import { sharedInts } from '../shared-ints.ts'
import { IdColumn } from './id-column.ts'
import { routingSha256 } from './routing-hash.ts'
import type { RequestRows, RoutingSource } from './source.ts'

/** Grows with the requests of a trace; its tables are those of the source that is made of them, uncopied. */
export class SharedTables {
  private readonly columns = new Map<number, IdColumn>()

  take({ columns }: RequestRows): void {
    for (const [layer, ids] of columns) {
      const column = this.columns.get(layer) ?? new IdColumn(sharedIds)
      this.columns.set(layer, column)
      column.append(ids)
    }
  }

  /** Everything taken, by layer. */
  get tables(): ReadonlyMap<number, Uint16Array> {
    return new Map([...this.columns].map(([layer, column]) => [layer, column.view()]))
  }
}

const sharedIds = (length: number) =>
  new Uint16Array(new SharedArrayBuffer(length * Uint16Array.BYTES_PER_ELEMENT))

/** Routing whose tables [token][slot] are there, by layer ascending. */
export function tableSource(
  io: Pick<Io, 'hash'>,
  facts: Pick<RoutingSource, 'label' | 'experts' | 'topK' | 'requests'>,
  tables: ReadonlyMap<number, Uint16Array>,
): RoutingSource {
  const { label, requests } = facts
  const routing = {
    ...facts,
    kind: 'file' as const,
    layers: [...tables.keys()],
    layerExperts(layer: number): Uint16Array {
      const table = tables.get(layer)
      invariant(table !== undefined, () => `layer ${layer} asked of trace ${label}, which has it not`)
      return table
    },
  }
  const sha256 = routingSha256(io, routing)
  const tokens = sharedInts(requests.length)
  tokens.set(requests.map((request) => request.tokens))
  return { ...routing, sha256, portable: { kind: 'tables', sha256, tokens, tables } }
}
