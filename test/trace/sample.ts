// A small routing in memory, written in each of the trace formats.
import type { RoutingSource } from '../../src/trace/source.ts'
import { tableSource } from '../../src/trace/tables.ts'
import { memoryIo } from '../helpers/memory-io.ts'

/** Requests as rows [token][layer][slot]. */
export interface Sample {
  readonly experts: number
  readonly topK: number
  readonly layers: readonly number[]
  readonly requests: readonly { id: string; prefillTokens: number; rows: readonly (readonly number[][])[] }[]
}

/** What openTrace is told for this sample; the model has one more MoE layer than the sample covers. */
export function expectationOf(sample: Sample) {
  const moeLayers = [...sample.layers, Math.max(...sample.layers) + 1]
  return { model: 'm', experts: sample.experts, topK: sample.topK, moeLayers }
}

export function sourceOf(sample: Sample): RoutingSource {
  const { experts, topK } = sample
  const requests = sample.requests.map(({ id, prefillTokens, rows }) => ({
    id,
    prefillTokens,
    tokens: rows.length,
  }))
  const tables = sample.layers.map((layer, at): [number, Uint16Array] => [
    layer,
    Uint16Array.from(sample.requests.flatMap(({ rows }) => rows.flatMap((row) => row[at]!))),
  ])
  return tableSource(memoryIo(), { label: 'sample', experts, topK, requests }, new Map(tables))
}

/** Files by path below `dir`, in moesim-research-trace JSONL. */
export function researchFiles(sample: Sample, dir: string): Record<string, string> {
  const meta = {
    type: 'meta',
    format: 'moesim-research-trace',
    version: 1,
    num_experts: sample.experts,
    top_k: sample.topK,
    layers: sample.layers,
  }
  return Object.fromEntries(
    sample.requests.map(({ id, prefillTokens, rows }) => {
      const lines = rows.map((experts, pos) => ({
        pos,
        phase: pos < prefillTokens ? 'prefill' : 'decode',
        experts,
      }))
      const text = [{ ...meta, request: id }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')
      return [`${dir}/${id}.jsonl`, text]
    }),
  )
}

/** Files by path below `dir`, in the forecasting paper's JSON, with dense layers between. */
export function forecastFiles(sample: Sample, dir: string): Record<string, string> {
  const keys = Array.from({ length: Math.max(...sample.layers) + 2 }, (_, layer) => layer)
  const step = (rows: readonly (readonly number[][])[]) =>
    Object.fromEntries(
      keys.map((layer) => {
        const index = sample.layers.indexOf(layer)
        return [layer, index < 0 ? null : rows.map((row) => row[index])]
      }),
    )
  return Object.fromEntries(
    sample.requests.map(({ id, prefillTokens, rows }) => [
      `${dir}/${id}.json`,
      JSON.stringify([
        step(rows.slice(0, prefillTokens)),
        ...rows.slice(prefillTokens).map((row) => step([row])),
      ]),
    ]),
  )
}

/** One file in per-(layer, token) JSONL, which knows no prefill. */
export function layerJsonl(sample: Sample): string {
  return sample.requests
    .flatMap(({ id, rows }) =>
      sample.layers.flatMap((layer, index) =>
        rows.map((row, token) => ({ problem_id: id, layer, experts: row[index], token_idx: token })),
      ),
    )
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('')
}
