// Keeps the routing of a trace in memory that threads share, two bytes per expert id.
import { invariant } from '../../errors.ts'
import type { Io } from '../../io.ts'
import { IdColumn } from '../id-column.ts'
import { routingSha256 } from '../routing-hash.ts'
import type { RequestRows, RoutingSource } from '../source.ts'

export class KeptRouting {
  private readonly columns = new Map<number, IdColumn>()

  take({ columns }: RequestRows): void {
    for (const [layer, ids] of columns) {
      const column = this.columns.get(layer)
      if (column === undefined) this.columns.set(layer, new IdColumn(ids))
      else column.append(ids)
    }
  }

  /** Everything taken, which were `requests`. */
  build(
    io: Pick<Io, 'hash'>,
    facts: Pick<RoutingSource, 'label' | 'experts' | 'topK' | 'requests'>,
  ): RoutingSource {
    const { label } = facts
    const tables = new Map([...this.columns].map(([layer, column]) => [layer, column.moveToShared()]))
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
    return { ...routing, sha256: routingSha256(io, routing) }
  }
}
