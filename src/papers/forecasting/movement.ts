// Fig. 2: what a decode step of DeepSeek V3 spends on moving data, on three ways of deploying it. Worked out, not simulated.
//
// Of one MoE layer on one GPU, each part its bytes over the rate at which they come; nothing overlaps:
//
//   all-to-all       tokens * top-k * hidden * (1 B dispatched / rate + 2 B combined / rate)
//   MoE weights      the GPU's experts and the shared one, which all are wanted
//   all-reduce       2 * (t - 1) / t * tokens of the group * hidden * 2 B over NVLink, where t GPUs share attention
//   KV cache         requests of the group * context * latent and rotary key; each of the t GPUs reads all of it
//   attention        weights, a t-th of them
import { loadModel } from '../../config/model/model.ts'
import { invariant } from '../../errors.ts'
import { attentionLoadOfDie } from '../../model/attention.ts'
import { expertBytes, type ModelShape } from '../../model/shape.ts'
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import { pct } from '../measured.ts'
import { between, nearShare } from '../rules.ts'

const CONTEXT = 4096
/** Assumed: the batch for which the all-to-all rates were measured, "a typical production setting". */
const REQUESTS_PER_GPU = 128
const OTHER_REQUESTS = [16, 32, 64, 256]
/** Weights in FP8, as the model is published and served; cached keys and values in BF16. */
const FP8 = { weightBytes: 1 }

const PARTS = [
  'MoE all-to-all',
  'MoE weights',
  'attention all-reduce',
  'attention KV',
  'attention weights',
] as const
type Shares = Readonly<Record<(typeof PARTS)[number], number>>
const shares = (a2a: number, moe: number, reduce: number, kv: number, weights: number): Shares => ({
  'MoE all-to-all': a2a,
  'MoE weights': moe,
  'attention all-reduce': reduce,
  'attention KV': kv,
  'attention weights': weights,
})

interface Setup {
  readonly name: string
  readonly gpus: number
  /** Datasheets of the GPUs, bytes/ps. */
  readonly memory: number
  /** GPUs that share attention (tensor parallelism): SGLang has none, DeepSeek's report 4. */
  readonly attentionGpus: number
  /** Datasheet, one direction, bytes/ps. */
  readonly nvlink: number
  /** DeepEP's published rates of its low-latency kernels with so many GPUs, or the next smaller number, bytes/ps. */
  readonly dispatch: number
  readonly combine: number
  /** Read off the axes. */
  readonly published: Shares
  /** Each GPU of a group reads the keys and values of its own requests alone, not of all of the group's. */
  readonly readsOwn?: boolean
}

const SETUPS: readonly Setup[] = [
  {
    ...{ name: 'SGLang 16xH20', gpus: 16, memory: 4.0, attentionGpus: 1, nvlink: 0.45 },
    ...{ dispatch: 0.063, combine: 0.074, published: shares(0.6, 0.03, 0, 0.08, 0.29) },
  },
  {
    ...{ name: 'SGLang 72xH100', gpus: 72, memory: 3.35, attentionGpus: 1, nvlink: 0.45 },
    ...{ dispatch: 0.043, combine: 0.046, published: shares(0.85, 0.03, 0, 0.05, 0.07) },
  },
  {
    ...{ name: 'DeepSeek 256xH800', gpus: 256, memory: 3.35, attentionGpus: 4, nvlink: 0.2 },
    ...{ dispatch: 0.039, combine: 0.04, published: shares(0.76, 0.02, 0.18, 0.03, 0.02) },
  },
]

export const movement: Figure = {
  title: 'what a decode step of DeepSeek V3 spends on moving data (Fig. 2)',
  async run(lab): Promise<FigureResult> {
    const model = { ...(await loadModel(lab.io, 'deepseek-v3')), ...FP8 }
    return {
      rows: SETUPS.flatMap((setup) => [...setupRows(setup, model), ...ownRows(setup, model)]),
      tables: [shareTable(model)],
      notes: [
        'nothing is simulated, and no compute is in it: bytes of the model over rates of the hardware, one part after the other',
        `assumed, as the paper states none of it: ${REQUESTS_PER_GPU} requests on each GPU, weights in FP8, keys and values in BF16, all-to-all at the rates that DeepEP publishes for its low-latency kernels (H800, 16, 64 and 256 GPUs; taken for H20 and H100 too), attention on each GPU alone (SGLang) or on 4 (DeepSeek's report), NVLink and memory at their datasheet rates`,
        `published shares were read off the axes of a picture. No batch gives all of them: keys and values take ${spanOf((setup) => sharesOf(setup, model))} of the time of the all-to-all here, whatever the batch, and ${spanOf(({ published }) => published)} in the bars`,
      ],
    }
  },
}

/** Lowest and highest ratio of keys and values to the all-to-all, which both grow with the batch. */
function spanOf(of: (setup: Setup) => Shares): string {
  const ratios = SETUPS.map((setup) => of(setup)['attention KV'] / of(setup)['MoE all-to-all'])
  return `${pct(Math.min(...ratios))} to ${pct(Math.max(...ratios))}`
}

/** Time of each part in one layer on one GPU, in ps. */
function partsPs(setup: Setup, model: ModelShape, requests: number): Shares {
  const { gpus, memory, attentionGpus, nvlink, dispatch, combine, readsOwn } = setup
  const { attention, topK, hidden, experts, sharedExperts } = model
  invariant(attention !== undefined, () => `${model.name} states no attention`)
  const die = attentionLoadOfDie(model, attention, CONTEXT, attentionGpus)
  const group = requests * attentionGpus
  const elements = requests * topK * hidden
  const reducedBytes = ((2 * (attentionGpus - 1)) / attentionGpus) * group * hidden * model.activationBytes
  return shares(
    elements / dispatch + (elements * model.activationBytes) / combine,
    (expertBytes(model) * (experts / gpus + sharedExperts)) / memory,
    reducedBytes / nvlink,
    ((readsOwn ? requests : group) * CONTEXT * die.kvBytesPerToken) / memory,
    die.weightBytes / memory,
  )
}

function sharesOf(setup: Setup, model: ModelShape, requests = REQUESTS_PER_GPU): Shares {
  const ps = partsPs(setup, model, requests)
  const total = PARTS.reduce((sum, part) => sum + ps[part], 0)
  return Object.fromEntries(PARTS.map((part) => [part, ps[part] / total])) as unknown as Shares
}

const moeShare = (of: Shares) => of['MoE all-to-all'] + of['MoE weights']

function setupRows(setup: Setup, model: ModelShape): Row[] {
  const { name, published } = setup
  const ours = sharesOf(setup, model)
  const slug = name.toLowerCase().replaceAll(' ', '-')
  const config = 'none: worked out from deepseek-v3 and published rates'
  const others = OTHER_REQUESTS.map(
    (requests) => `${requests}: ${pct(moeShare(sharesOf(setup, model, requests)))}`,
  ).join(', ')
  return [
    {
      id: `movement-${slug}`,
      claim: 'movement',
      what: `share of moving data for MoE, ${name}`,
      config,
      published: {
        text: `60 to 90 % (text); ~${pct(moeShare(published))} (axis)`,
        value: moeShare(published),
      },
      ours: { value: moeShare(ours), unit: 'share' },
      judgement: between(moeShare(ours), 0.6, 0.9, 0.15),
      reason: `with ${REQUESTS_PER_GPU} requests on each GPU; with ${others}`,
    },
    ...PARTS.map(
      (part): Row => ({
        id: `movement-${slug}-${part.toLowerCase().replaceAll(' ', '-')}`,
        what: `share of ${part}, ${name}`,
        config,
        published: { text: `~${(100 * published[part]).toFixed(0)} % (axis)`, value: published[part] },
        ours: { value: ours[part], unit: 'share' },
        judgement: nearShare(ours[part], published[part], { pass: 0.05, partly: 0.15 }),
        reason: `${(partsPs(setup, model, REQUESTS_PER_GPU)[part] / 1e6).toFixed(0)} us of a layer`,
      }),
    ),
  ]
}

/** Where GPUs share attention, the same with keys and values dealt out among them by request. */
function ownRows(setup: Setup, model: ModelShape): Row[] {
  if (setup.attentionGpus === 1) return []
  const [row] = setupRows({ ...setup, readsOwn: true }, model)
  return [
    {
      ...row!,
      id: `${row!.id}-own-requests`,
      reading: {
        name: 'own keys and values',
        settings: `each of the ${setup.attentionGpus} GPUs of a group reads the keys and values of its own ${REQUESTS_PER_GPU} requests, not of all ${REQUESTS_PER_GPU * setup.attentionGpus}; all else as it was`,
      },
    },
  ]
}

function shareTable(model: ModelShape): DataTable {
  return {
    name: 'shares',
    title: `shares of a layer of DeepSeek V3, context of ${CONTEXT}, ${REQUESTS_PER_GPU} requests on each GPU`,
    isPrinted: true,
    columns: [
      { name: 'setup' },
      ...PARTS.flatMap((part) => [
        { name: `${part}, axis`, unit: 'share' },
        { name: part, unit: 'share' },
      ]),
    ],
    rows: SETUPS.map((setup) => {
      const ours = sharesOf(setup, model)
      return [setup.name, ...PARTS.flatMap((part) => [setup.published[part], ours[part]])]
    }),
  }
}
