// Fig. 12 as a table: every case and scheme beside its published value, EP, and the machine with real memory.
import type { DataTable } from '../figure.ts'
import { BASE, type Case, decodeGain, EP, SCHEMES, stepPs } from './cases.ts'
import { BAND, within } from './common.ts'
import type { Limits } from './memory-limit.ts'
import { GAIN_BARS } from './published.ts'

const NOTHING = '-'

export function gainTable(cases: readonly Case[], { cases: limited }: Limits): DataTable {
  return {
    name: 'gains',
    title: `decode throughput over ${BASE}; under "real memory" the same with compat=physical`,
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'mesh' },
      { name: 'batch' },
      { name: 'scheme' },
      { name: 'paper', unit: 'ratio' },
      { name: 'ours', unit: 'ratio' },
      { name: 'ratio' },
      { name: 'verdict' },
      { name: 'over EP', unit: 'ratio' },
      { name: 'real memory', unit: 'ratio' },
      { name: 'layer and step', unit: 'ps' },
    ],
    rows: cases.flatMap((one) =>
      [EP, ...SCHEMES].map((id) => {
        const ours = decodeGain(one, id)
        const published = publishedBar(one, id)
        const physical = limited.find(({ physical: known }) => isSame(known, one))?.physical
        return [
          one.model,
          one.mesh,
          one.batch,
          id,
          published ?? NOTHING,
          ours.value,
          published === undefined ? NOTHING : ours.value / published,
          published === undefined ? NOTHING : within(ours.value, published, BAND).verdict,
          decodeGain(one, id, EP).value,
          physical === undefined ? NOTHING : decodeGain(physical, id).value,
          stepPs(one, id),
        ]
      }),
    ),
  }
}

const isSame = (a: Case, b: Case) => a.model === b.model && a.mesh === b.mesh && a.batch === b.batch

function publishedBar({ model, mesh, batch }: Case, id: string): number | undefined {
  if (batch !== 4096) return undefined
  return GAIN_BARS.find((bar) => bar.model === model && bar.mesh === mesh)?.values[id]
}
