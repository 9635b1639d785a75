// Reader of TensorRT-LLM's expert statistics: a folder with one safetensors file of counts per rank.
import { IoError, readText } from '../../io.ts'
import { count, shown } from '../expectation.ts'
import { Findings } from '../findings.ts'
import type { HistogramBuilder } from '../histogram-builder.ts'
import { ByteFeed } from './arrays/byte-feed.ts'
import { isSafetensors, readTensors } from './arrays/safetensors.ts'
import { asIndex, asObject, type HistogramReader, type TraceFile } from './format.ts'

const RANK_FILE = /^(?:.*\/)?rank(\d{1,6})$/
const MAX_META_BYTES = 2 ** 20

/**
 * `rank<r>.safetensors` holds per iteration and MoE layer, `"<iteration>_<layer>"`, the tokens of rank r that chose each
 * expert; `meta_info.json` beside it `num_experts` and `num_experts_per_token`. Iterations and ranks are added up, so all ranks
 * from 0 on must be there. Other tensors of the folder (cooccurrence_rank<r>) are no histograms and left out.
 */
export const tensorrtLlm: HistogramReader = {
  recognises: (head) => isSafetensors(head.bytes),
  async count(file, builder) {
    const rank = RANK_FILE.exec(file.name)?.[1]
    if (rank === undefined && !file.isNamed) return 'not-a-trace'
    const { findings } = file
    if (rank === undefined || file.isNamed) {
      findings.stop(
        'counts of a single rank',
        undefined,
        'name the folder that holds rank0.safetensors and those of all other ranks',
      )
    }
    if (Number(rank) !== builder.files) {
      findings.stop(`rank ${builder.files} is missing: rank ${Number(rank)} stands in its place`)
    }
    await judgeMeta(file, builder)
    builder.add({ phase: 'unknown', counts: await sumTensors(file, builder) }, findings)
    return 'read'
  },
}

async function sumTensors(
  file: TraceFile,
  { expectation }: HistogramBuilder,
): Promise<Map<number, Float64Array>> {
  const { findings } = file
  const { model, experts, moeLayers } = expectation
  const counts = new Map<number, Float64Array>()
  const feed = new ByteFeed(file.bytes())
  try {
    for await (const { name, shape, values } of readTensors(feed, findings)) {
      const layerText = /^\d{1,15}_(\d{1,6})$/.exec(name)?.[1]
      if (layerText === undefined) {
        return findings.stop(`tensor names must be "<iteration>_<layer>", got ${shown(name)}`)
      }
      const layer = Number(layerText)
      if (!moeLayers.includes(layer))
        findings.stop(`tensor ${name}: layer ${layer} is not a MoE layer of model ${model}`)
      if (shape.length !== 1 || shape[0] !== experts) {
        findings.stop(
          `tensor ${name}: shape must be [${experts}], the experts of model ${model}, got [${shape}]`,
        )
      }
      const sums = counts.get(layer) ?? new Float64Array(experts)
      counts.set(layer, sums)
      for (let expert = 0; expert < experts; expert++) {
        const value = values[expert]!
        if (value < 0) findings.stop(`tensor ${name}: the count of expert ${expert} is ${value}`)
        sums[expert]! += value
      }
    }
  } finally {
    await feed.close()
  }
  return counts
}

async function judgeMeta(file: TraceFile, { expectation }: HistogramBuilder): Promise<void> {
  const { model, experts, topK } = expectation
  const findings = new Findings(file.findings.file.replace(/[^/\\]*$/, 'meta_info.json'))
  const meta = await readMeta(file, findings)
  const agree = (key: string, expected: number) => {
    const stated = asIndex(meta[key])
    if (stated === undefined) findings.stop(`${key} must be a whole number, got ${shown(meta[key])}`)
    if (stated === expected) return
    findings.stopConflict(
      `${key} is ${stated}, model ${model} has ${count(expected, 'expert')}${key === 'num_experts' ? '' : ' per token'}`,
      'pass the model that the trace was recorded with',
    )
  }
  agree('num_experts', experts)
  agree('num_experts_per_token', topK)
}

async function readMeta(file: TraceFile, findings: Findings): Promise<Readonly<Record<string, unknown>>> {
  try {
    const meta = asObject(JSON.parse(await readText(file.io, findings.file, MAX_META_BYTES)))
    return meta ?? findings.stop('must hold one JSON object')
  } catch (error) {
    if (error instanceof SyntaxError) return findings.stop(`not valid JSON: ${error.message}`)
    if (error instanceof IoError) return findings.stopFile(error.reason)
    throw error
  }
}
