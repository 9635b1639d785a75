// Speed of reading and writing traces: `npm run bench`. One operation is a trace of SELECTIONS choices of an expert, so that
// operations per second times SELECTIONS are selections per second. Aims: CSV 0.8 M/s, Parquet 3 M/s.

import { bench, describe } from 'vitest'
import { csvBytes, gzipped } from '../../src/trace/formats/native/bytes.ts'
import { parquetBytes } from '../../src/trace/formats/native/parquet-writer.ts'
import { manifestOf } from '../../src/trace/manifest.ts'
import { openTrace } from '../../src/trace/open.ts'
import { tableSource } from '../../src/trace/tables.ts'
import { memoryIo } from '../helpers/memory-io.ts'
import { npy } from '../trace/formats/arrays/arrays.ts'

/** The shape of Qwen3-30B-A3B's routing, eight of its layers. */
const MODEL = { model: 'bench', experts: 128, topK: 8, moeLayers: [0, 6, 12, 18, 24, 30, 36, 42] }
const TOKENS = 16_000
const LAYERS = MODEL.moeLayers.length
const SELECTIONS = TOKENS * LAYERS * MODEL.topK

/** Ids that differ from token to token as those of a model do, skewed towards low ids. */
function idsOf(layer: number): Uint16Array {
  const ids = new Uint16Array(TOKENS * MODEL.topK)
  let state = layer + 1
  for (let token = 0; token < TOKENS; token++) {
    const chosen = new Set<number>()
    while (chosen.size < MODEL.topK) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      chosen.add(Math.floor(MODEL.experts * (state / 2 ** 31) ** 2))
    }
    ids.set([...chosen], token * MODEL.topK)
  }
  return ids
}

const layers = new Map(MODEL.moeLayers.map((layer) => [layer, idsOf(layer)]))
const requests = Array.from({ length: 40 }, (_, i) => ({
  id: `r${i}`,
  prefillTokens: 200,
  tokens: TOKENS / 40,
}))
const { experts, topK } = MODEL
const source = tableSource(memoryIo(), { label: 'bench', experts, topK, requests }, layers)

const written = async (bytes: AsyncIterable<Uint8Array>) => {
  const io = memoryIo({}, 65_536)
  await io.write('t', bytes)
  return io
}
const manifest = manifestOf(source, 'bench', false, { format: 'bench', name: 'bench' })
const writers = {
  csv: () => csvBytes(source, manifest, async () => {}),
  parquet: () => parquetBytes(source, manifest, async () => {}),
}

/** As vLLM writes it: [token][layer][slot]. */
function array(): Uint8Array {
  const ids = new Int32Array(SELECTIONS)
  for (let token = 0; token < TOKENS; token++) {
    MODEL.moeLayers.forEach((layer, l) => {
      const row = layers.get(layer)!.subarray(token * MODEL.topK, (token + 1) * MODEL.topK)
      ids.set(row, (token * LAYERS + l) * MODEL.topK)
    })
  }
  return npy([TOKENS, LAYERS, MODEL.topK], ids)
}

/** As MoE-Beyond writes it: layer after layer. */
function gateHooks(): string {
  const rows = MODEL.moeLayers.flatMap((layer) =>
    Array.from({ length: TOKENS }, (_, token) => {
      const ids = layers.get(layer)!.subarray(token * MODEL.topK, (token + 1) * MODEL.topK)
      return `${layer},0,tok${token},"[${ids.join(', ')}]"\r\n`
    }),
  )
  return `Layer ID,Batch Number,Token,Activated Expert IDs\r\n${rows.join('')}`
}

const options = { iterations: 3, warmupIterations: 1, time: 0 }

const csv = await written(writers.csv())
const zipped = await written(gzipped(writers.csv()))
const parquet = await written(writers.parquet())
const hooks = memoryIo({ 't.csv': gateHooks() }, 65_536)
const vllm = memoryIo({ 'a.npy': array(), 'a.npy.json': '{"input_token_count":0}' }, 65_536)

describe(`reading ${SELECTIONS} selections`, () => {
  bench('native CSV', async () => void (await openTrace(csv, 't', MODEL)), options)
  bench('native CSV, gzip', async () => void (await openTrace(zipped, 't', MODEL)), options)
  bench('CSV of gate hooks', async () => void (await openTrace(hooks, 't.csv', MODEL)), options)
  bench('native Parquet', async () => void (await openTrace(parquet, 't', MODEL)), options)
  bench('vLLM .npy', async () => void (await openTrace(vllm, 'a.npy', MODEL)), options)
})

describe(`writing ${SELECTIONS} selections`, () => {
  bench('native CSV', async () => void (await written(writers.csv())), options)
  bench('native CSV, gzip', async () => void (await written(gzipped(writers.csv()))), options)
  bench('native Parquet', async () => void (await written(writers.parquet())), options)
})
