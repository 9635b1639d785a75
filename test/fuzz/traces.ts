// Cases of traces: a small one in each format, then changed as a document, as text or as bytes, and looked into in every way.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { parquetBytes } from '../../src/trace/formats/native/parquet-writer.ts'
import { manifestOf } from '../../src/trace/manifest.ts'
import { memoryIo } from '../helpers/memory-io.ts'
import { npy, npz, safetensors } from '../trace/formats/arrays/arrays.ts'
import { csv, lines } from '../trace/formats/bad-input.ts'
import { forecastFiles, layerJsonl, researchFiles, sourceOf } from '../trace/sample.ts'
import { bundledWith } from './bundled-with.ts'
import { byteEdits, editBytes, editText, editTree, textEdits, treeEdits } from './edits.ts'
import { oddWords } from './odd-values.ts'
import { orderly } from './orderly.ts'

/** 8 experts, top-2, MoE in layers 1 and 3 of 4. */
const MODEL = `layers: 4
moe_layers: odd
hidden: 64
expert_intermediate: 32
experts: 8
top_k: 2
weight_bytes: 1
activation_bytes: 1
`
const TOKENS = 6
const PROMPT = 2
const LAYERS = [1, 3]
/** [token][layer][slot]. */
const IDS = Array.from({ length: TOKENS }, (_, t) => [
  [t, (t + 3) % 8],
  [(t * 5) % 8, (t * 5 + 1) % 8],
])
const SAMPLE = {
  ...{ experts: 8, topK: 2, layers: LAYERS },
  requests: [{ id: 'r', prefillTokens: PROMPT, rows: IDS }],
}
const logits = Float32Array.from({ length: 2 * TOKENS * 8 }, (_, i) => Math.sin(3 * i))
const counts = { data: Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8]) }
const phase = (token: number) => (token < PROMPT ? 'prompt' : 'generated')
const tokenAndLayer = IDS.flatMap((ids, t) => ids.map((chosen, l) => ({ t, layer: LAYERS[l]!, chosen })))

async function parquet(): Promise<Uint8Array> {
  const source = sourceOf(SAMPLE)
  const io = memoryIo()
  const manifest = manifestOf(source, 'mini', false, { format: 'csv', name: 'a' })
  await io.write(
    't',
    parquetBytes(source, manifest, async () => {}),
  )
  return io.files.get('t')!
}

/** By format: the file to change, and what lies beside it. */
type Files = Readonly<Record<string, string | Uint8Array>>
const FORMATS: Readonly<Record<string, Files>> = {
  csv: {
    't.csv': csv(
      ...tokenAndLayer.map(({ t, layer, chosen }) => `r,${t},decode,${layer},${chosen.join(' ')}`),
    ),
  },
  parquet: { 't.parquet': await parquet() },
  'research-jsonl': { 't.jsonl': researchFiles(SAMPLE, 'd')['d/r.jsonl']! },
  'layer-jsonl': { 't.jsonl': layerJsonl(SAMPLE) },
  'token-jsonl': { 't.jsonl': lines(...IDS.map((layers, tok) => ({ tok, layers }))) },
  'moe-cache-lab': {
    't.jsonl': lines(
      {
        ...{ record_type: 'metadata', format: 'moe-cache-lab.routing-jsonl', format_version: 1 },
        ...{ model_id: 'x/y', num_experts: 8, experts_per_token: 2 },
      },
      ...tokenAndLayer.map(({ t, layer, chosen }) => ({
        ...{
          record_type: 'routing_selection',
          phase: phase(t),
          token_position: t,
          layer,
          selected_experts: chosen,
        },
      })),
    ),
  },
  'moe-beyond-csv': {
    't.csv': `Layer ID,Batch Number,Token,Activated Expert IDs\r\n${LAYERS.flatMap((layer, l) =>
      IDS.map((ids, t) => `${layer},0,"w ""${t}""","[${ids[l]!.join(', ')}]"\r\n`),
    ).join('')}`,
  },
  'sglang-counts': {
    't.json': JSON.stringify({
      logical_count: [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [1, 2, 3, 0, 0, 9, 0, 1],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [4, 4, 0, 0, 4, 4, 0, 0],
      ],
    }),
  },
  'fse-dp-reference': { 't.json': JSON.stringify(Object.fromEntries(IDS.map((ids, t) => [t, ids[0]]))) },
  'forecast-json': { 't.json': forecastFiles(SAMPLE, 'd')['d/r.json']! },
  'moe-infinity': {
    't.npy': npy(
      [2, 4, 8],
      Float64Array.from({ length: 64 }, (_, i) => (i % 16 < 8 ? 0 : i % 5)),
    ),
  },
  'hf-logits': { 't.npy': npy([2, TOKENS, 8], logits) },
  'hf-logits packed': {
    't.npz': npz(
      { 'arr_0.npy': npy([TOKENS, 8], logits.slice(48)), 'arr_1.npy': npy([TOKENS, 8], logits.slice(0, 48)) },
      6,
    ),
  },
  'vllm-npy': {
    't.npy': npy([TOKENS, 2, 2], Int16Array.from(IDS.flat(2))),
    't.npy.json': JSON.stringify({ input_token_count: PROMPT }),
  },
  'tensorrt-llm': {
    'd/rank0.safetensors': safetensors({ '1_1': counts, '1_3': counts }),
    'd/meta_info.json': '{"num_experts": 8, "num_experts_per_token": 2}',
  },
}

/** The whole document, or each line of it, edited as a tree. */
function editDocument(text: string, edits: Parameters<typeof editTree>[1]): string {
  try {
    return JSON.stringify(editTree(JSON.parse(text), edits))
  } catch {
    // JSON lines, or no JSON at all: then these edits have nothing to change.
    const rows = text.split('\n')
    if (!rows[0]!.startsWith('{')) return text
    const trees = rows.filter((row) => row !== '').map((row) => JSON.parse(row) as unknown)
    const edited = editTree(trees, edits)
    return Array.isArray(edited) ? edited.map((row) => `${JSON.stringify(row)}\n`).join('') : text
  }
}

interface Change {
  readonly tree: Parameters<typeof editTree>[1]
  readonly text: Parameters<typeof editText>[1]
  readonly bytes: Parameters<typeof editBytes>[1]
  /** A cell of a CSV with another word in its place. */
  readonly cell: { readonly at: number; readonly word: string }
  readonly isZipped: boolean
}

const NOTHING = { changes: [], kept: 1 }
const changes: fc.Arbitrary<Change> = fc.record({
  tree: treeEdits,
  text: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, textEdits),
  bytes: fc.oneof({ weight: 2, arbitrary: fc.constant(NOTHING) }, byteEdits),
  cell: fc.record({ at: fc.nat(10_000), word: oddWords }),
  isZipped: fc.boolean(),
})

function editCell(text: string, { at, word }: Change['cell']): string {
  const cells = [...text.matchAll(/[^,\r\n]+/g)]
  const cell = cells[at % cells.length]
  return cell ? text.slice(0, cell.index) + word + text.slice(cell.index + cell[0].length) : text
}

function changed(path: string, content: string | Uint8Array, change: Change): Files {
  let bytes: Uint8Array
  if (typeof content === 'string') {
    const edited = path.endsWith('.csv') ? editCell(content, change.cell) : editDocument(content, change.tree)
    bytes = new TextEncoder().encode(editText(edited, change.text))
  } else bytes = content
  bytes = editBytes(bytes, typeof content === 'string' ? change.bytes : { ...change.bytes })
  return change.isZipped && !path.includes('/') ? { [`${path}.gz`]: gzipSync(bytes) } : { [path]: bytes }
}

const looks = fc.constantFrom<readonly string[]>(
  ['trace', 'info', 'T', '--model', 'm.yaml'],
  ['trace', 'info', 'T', '--format', 'json'],
  ['trace', 'convert', 'T', 'out.csv', '--model', 'm.yaml'],
  ['trace', 'convert', 'T', 'out.parquet', '--model', 'm.yaml'],
  ['trace', 'analyze', 'T', '--model', 'm.yaml', '--format', 'json'],
  ['trace', 'analyze', 'T', '--model', 'm.yaml'],
  ['trace', 'cache', 'T', '--model', 'm.yaml'],
  ['trace', 'cache', 'T'],
  ['trace', 'head', 'T', '--model', 'm.yaml'],
  ['trace', 'synth', 'out.csv', '--like', 'T', '--model', 'm.yaml', '--requests', '2'],
  ['validate', 'T', '--model', 'm.yaml'],
  [
    'run',
    '--hardware',
    'fse-dp-2x2',
    '--model',
    'm.yaml',
    '--trace',
    'T',
    '--tokens',
    '2',
    '--layers',
    '1',
    '--scheduler',
    'ep',
  ],
  [
    'run',
    '--hardware',
    'fse-dp-2x2',
    '--model',
    'm.yaml',
    '--trace',
    'T',
    '--requests',
    '1',
    '--scheduler',
    'fse-dp',
  ],
)

export const traceCases = () =>
  fc.asyncProperty(
    fc.record({
      format: fc.constantFrom(...Object.keys(FORMATS)),
      change: changes,
      which: fc.nat(1),
      look: looks,
    }),
    async ({ format, change, which, look }) => {
      const all = Object.entries(FORMATS[format]!)
      const [path, content] = all[which % all.length]!
      const files: Record<string, string | Uint8Array> = { ...FORMATS[format]!, 'm.yaml': MODEL }
      delete files[path]
      const edited = changed(path, content, change)
      const main = path === all[0]![0] ? Object.keys(edited)[0]! : all[0]![0]
      const trace = main.startsWith('d/') ? 'd' : main
      const text = Buffer.from(Object.values(edited)[0] as Uint8Array).toString('latin1')
      await orderly(
        look.map((word) => (word === 'T' ? trace : word)),
        bundledWith({ ...files, ...edited }),
        text,
      )
    },
  )
