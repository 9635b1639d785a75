// What `moesim trace info` says: the facts of a trace as a table or as data.
import { basename } from 'node:path'
import type { ChalkInstance } from 'chalk'
import type { TraceSummary } from '../../trace/summary.ts'
import { visible } from '../../visible.ts'
import { count } from '../cells.ts'
import { renderGrid } from '../grid.ts'

const SHOWN_FILES = 3

export const traceInfoFormats = {
  table: infoTable,
  json: (trace: string, summary: TraceSummary) =>
    `${JSON.stringify({ schemaVersion: 1, trace, ...summary }, undefined, 2)}\n`,
} as const

/** A trace that names no model tells of no layers but its own. */
function layersCell(layers: readonly number[], ofModel: readonly number[]): string {
  const ofAll = layers.length < ofModel.length ? ` of ${count(ofModel.length)}` : ''
  return `${count(layers.length)}${ofAll} MoE layers (${ranges(layers)})`
}

function infoTable(trace: string, summary: TraceSummary, chalk: ChalkInstance, width?: number): string {
  const { model, layers, requests, tokens, phases, selections, source, leftOut, warnings } = summary
  const rows: string[][] = [
    ['format', formatCell(summary)],
    ['gives', summary.gives === 'tokens' ? 'tokens' : 'histograms only, no tokens'],
    ['model', `${model.model} (${count(model.experts)} experts, top-${model.topK})`],
    ['layers', layersCell(layers, model.moeLayers)],
  ]
  if (requests !== undefined) rows.push(['requests', count(requests)])
  if (tokens !== undefined) {
    const { prefill, decode } = tokens
    rows.push(['tokens', `${count(prefill + decode)} (${count(prefill)} prefill, ${count(decode)} decode)`])
  }
  if (phases === 'assumed') rows.push(['phases', 'not recorded: all tokens of a request count alike'])
  for (const [phase, number] of Object.entries(selections ?? {})) {
    rows.push(['selections', `${count(number)} (${phase === 'unknown' ? 'phase not recorded' : phase})`])
  }
  if (source !== undefined) rows.push(['made from', `${source.name} (${source.format})`])
  rows.push(['sha256', summary.sha256])
  for (const [why, files] of byReason(leftOut)) {
    const more = files.length > SHOWN_FILES ? `, ... (${count(files.length)} files)` : ''
    rows.push(['left out', `${files.slice(0, SHOWN_FILES).join(', ')}${more}: ${why}`])
  }
  for (const warning of warnings) rows.push(['warning', warning])
  const columns = [
    { header: 'trace', align: 'left' },
    { header: visible(trace), align: 'left' },
  ] as const
  return renderGrid(columns, rows, chalk, width)
}

function formatCell({ formats }: TraceSummary): string {
  return Object.entries(formats)
    .map(([id, files]) => `${id} (${count(files)} ${files === 1 ? 'file' : 'files'})`)
    .join(', ')
}

function byReason(leftOut: TraceSummary['leftOut']): Map<string, string[]> {
  const reasons = new Map<string, string[]>()
  for (const { path, why } of leftOut) reasons.set(why, [...(reasons.get(why) ?? []), basename(path)])
  return reasons
}

/** `0-23`, or `1, 3, 5, ... 47` where they are not one range. */
function ranges(layers: readonly number[]): string {
  const first = layers[0]!
  const last = layers.at(-1)!
  if (last - first === layers.length - 1) return layers.length === 1 ? `${first}` : `${first}-${last}`
  return layers.length <= 8 ? layers.join(', ') : `${layers.slice(0, 3).join(', ')}, ... ${last}`
}
