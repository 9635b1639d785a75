// Fig. 14: bytes of memory that are read at home, read from another die, and written. Qwen3 on TSMC-SoW, batch of 4096.
import { dieCount } from '../../hardware/die-count.ts'
import { expertBytes } from '../../model/shape.ts'
import type { Amount, DataTable, Figure, FigureResult, Row } from '../figure.ts'
import type { Measured, Point } from '../lab.ts'
import { metric, pct } from '../measured.ts'
import { allOf, atLeast, type Part, tellParts } from '../rules.ts'
import { ALLO, BASE, BOTH, CONFIG, decodeSteps, PRED } from './cases.ts'

const MODEL = 'qwen3-235b-a22b'
const MESH = 'tsmc-sow-3x8'
const BATCH = '4096'
const SHOWN = [BASE, PRED, ALLO, BOTH]
/** Read off the axes, in TB. The bars contradict the bytes that must be read: see the notes. */
const READ_OFF: Readonly<Record<string, readonly [local: string, remote: string, written: string]>> = {
  [BASE]: ['~0', '17 to 18', '0'],
  [PRED]: ['7 to 8', '9 to 10', '8 to 9'],
  [ALLO]: ['12', '6', '0'],
  [BOTH]: ['17 to 18', '0.5 to 1', '1 to 2'],
}

interface Bytes {
  /** Weights and activations. */
  readonly local: number
  readonly remote: number
  readonly written: number
  readonly weights: number
}

export const dram: Figure = {
  title: 'memory traffic (Fig. 14)',
  async run(lab): Promise<FigureResult> {
    const layers = lab.pick('all', 'sample:1')
    const flags = { model: MODEL, hardware: MESH, requests: BATCH, layers, schedulers: SHOWN }
    const point = await lab.load(CONFIG, { flags })
    const [measured] = await lab.measure([point])
    const bytes = new Map(SHOWN.map((id) => [id, bytesOf(measured!, point, id)]))
    return {
      rows: [...claimRows(bytes, point), insightRow(measured!, point)],
      tables: [bytesTable(bytes)],
      notes: [
        `${lab.pick('all layers', 'QUICK: one layer, scaled to all 94')}; ${MODEL}, ${MESH}, batch of ${BATCH}, prompts included`,
        `the bars are not compared: they stand for 18 TB at most, and 128 iterations of 94 layers with 128 experts of 37.7 MB are ${tb(leastBytes(point))} if every expert is read once; ours read ${tb(bytes.get(BASE)!.weights)}. They also contradict the hops, where 6 of 18 TB from other dies could not be 42 times less. What the text says of them is judged`,
      ],
    }
  },
}

/** Of all MoE layers: what was simulated, scaled up where layers are sampled. */
function bytesOf(measured: Measured, { experiment }: Point, id: string): Bytes {
  const scale = experiment.model.moeLayers.length / measured.get(id)!.layers.length
  const of = (name: string) => metric(measured, id, name) * scale
  const remote = of('memoryReadRemote')
  return {
    local: of('memoryRead') - remote,
    remote,
    written: of('memoryWrite'),
    weights: of('memoryReadWeights'),
  }
}

/** Every expert of every layer once in each iteration. */
function leastBytes({ experiment: { model, workload } }: Point): number {
  return (1 + decodeSteps(workload)) * model.moeLayers.length * model.experts * expertBytes(model)
}

const tb = (bytes: number) => `${(bytes / 1e12).toPrecision(3)} TB`

function claimRows(bytes: ReadonlyMap<string, Bytes>, point: Point): Row[] {
  const of = (id: string) => bytes.get(id)!
  const remoteShare = (id: string) => of(id).remote / of(id).weights
  const told = SHOWN.map((id) => `${id} ${tb(of(id).remote)}`).join(', ')
  const row = (
    name: string,
    what: string,
    text: string,
    ours: Amount,
    rest: Pick<Row, 'judgement' | 'reason'>,
  ): Row => ({
    id: `dram-${name}`,
    claim: 'dram',
    what,
    config: point.command,
    published: { text, value: null },
    ours,
    ...rest,
  })
  const schemes = [PRED, ALLO, BOTH]
  const turns: Part[] = schemes.map((id) => ({
    demand: `${id} reads less from other dies than ${BASE}, and more at home`,
    holds: of(id).remote < of(BASE).remote && of(id).local > of(BASE).local,
  }))
  const writes: Part[] = [
    ...[BASE, ALLO].map((id) => ({ demand: `${id} writes nothing`, holds: of(id).written === 0 })),
    ...[PRED, BOTH].map((id) => ({ demand: `${id} writes`, holds: of(id).written > 0 })),
  ]
  const fewest: Part[] = SHOWN.filter((id) => id !== BOTH).map((id) => ({
    demand: `${BOTH} reads no more from other dies than ${id}`,
    holds: of(BOTH).remote <= of(id).remote,
  }))
  return [
    row('base', `weights that ${BASE} reads from other dies`, 'almost all', share(remoteShare(BASE)), {
      judgement: atLeast(remoteShare(BASE), 0.9, 0.75, pct),
      reason: `an expert is at home on one of ${dieCount(point.experiment.hardware.topology)} dies`,
    }),
    row(
      'local',
      `weights that ${BOTH} reads from other dies`,
      'every scheme turns remote into local',
      share(remoteShare(BOTH)),
      {
        judgement: allOf(turns),
        reason: `${tellParts(turns)}. From other dies: ${told}`,
      },
    ),
    row(
      'writes',
      `bytes that ${PRED} writes`,
      'only prediction writes',
      { value: of(PRED).written, unit: 'B' },
      {
        judgement: allOf(writes),
        reason: tellParts(writes),
      },
    ),
    row(
      'fewest',
      `weights that ${BOTH} reads from other dies`,
      'the fewest of all',
      { value: of(BOTH).remote, unit: 'B' },
      {
        judgement: allOf(fewest),
        reason: `${tellParts(fewest)}. ${told}`,
      },
    ),
  ]
}

const share = (value: number): Amount => ({ value, unit: 'share' })

/** Insight 2: what the next token needs is worth keeping in the memory at hand. */
function insightRow(measured: Measured, point: Point): Row {
  // Absent where no replica was made: nothing is found in one then.
  const of = (name: string) => measured.get(PRED)?.metrics[name]?.value ?? 0
  const coverage = of('predictionCoverage')
  const precision = of('predictionPrecision')
  return {
    id: 'dram-insight-2',
    claim: 'insights',
    what: `slices not at home that ${PRED} finds in a replica`,
    config: point.commandFor(PRED),
    published: {
      text: 'Insight 2: keep in local memory what the next tokens are predicted to need',
      value: null,
    },
    ours: { value: coverage, unit: 'share' },
    judgement: atLeast(coverage, 0.5, 0.25, pct),
    reason: `${pct(precision)} of the replicas are read again; memory for them has no limit in this setting. The other half of the insight, last-level caches by layer, is not evaluated by the paper`,
  }
}

function bytesTable(bytes: ReadonlyMap<string, Bytes>): DataTable {
  return {
    name: 'bytes',
    title: 'bytes of all MoE layers beside the bars, in TB',
    isPrinted: true,
    columns: [
      { name: 'scheme' },
      ...['local read', 'remote read', 'local write'].flatMap((name) => [
        { name: `${name}, bar` },
        { name: `${name}, ours`, unit: 'TB' },
      ]),
    ],
    rows: SHOWN.map((id) => {
      const { local, remote, written } = bytes.get(id)!
      const [localBar, remoteBar, writtenBar] = READ_OFF[id]!
      return [id, localBar, local / 1e12, remoteBar, remote / 1e12, writtenBar, written / 1e12]
    }),
  }
}
