// Hit rates of caches as CSV and as JSON: all tokens, each phase and each layer.
import type { HitRate } from '../../cache/replay/tally.ts'
import { csvRow } from '../csv.ts'
import { type CacheReport, ci95 } from './cache-report.ts'

const ALL = 'all'

export function cacheCsv({ trace, expertBytes, results }: CacheReport): string {
  const header = ['policy', 'slots', 'capacity_B', 'phase', 'layer', 'accesses', 'hits', 'hitRate', 'ci95']
  const rows = results.flatMap(({ policy, slots, prefill, decode, layers = [], ...all }) => {
    const capacity = expertBytes === undefined ? '' : `${slots * expertBytes}`
    const row = (phase: string, layer: string, rate: HitRate | undefined) =>
      rate === undefined
        ? []
        : [
            csvRow([
              ...[policy, `${slots}`, capacity, phase, layer],
              ...[`${rate.accesses}`, `${rate.hits}`, `${rate.hitRate}`, `${ci95(rate) ?? ''}`],
            ]),
          ]
    return [
      ...row(ALL, ALL, all),
      ...(trace.phases === 'recorded'
        ? [...row('prefill', ALL, prefill), ...row('decode', ALL, decode)]
        : []),
      ...layers.flatMap((rate, index) => row(ALL, `${trace.layers[index]}`, rate)),
    ]
  })
  return [csvRow(header), ...rows].join('')
}

export function cacheJson(report: CacheReport): string {
  const { results, expertBytes, ...facts } = report
  const { layers, phases } = report.trace
  const document = {
    schemaVersion: 1,
    ...facts,
    ...(expertBytes !== undefined && { expertBytes }),
    results: results.map(({ policy, slots, prefill, decode, layers: byLayer, ...all }) => ({
      policy,
      slots,
      ...(expertBytes !== undefined && { capacityBytes: slots * expertBytes }),
      ...rateJson(all),
      ...(phases === 'recorded' && {
        phases: {
          ...(prefill && { prefill: rateJson(prefill) }),
          ...(decode && { decode: rateJson(decode) }),
        },
      }),
      ...(byLayer && { layers: byLayer.map((rate, index) => ({ layer: layers[index], ...rateJson(rate) })) }),
    })),
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function rateJson(rate: HitRate) {
  const { accesses, hits, hitRate } = rate
  const interval = ci95(rate)
  return { accesses, hits, hitRate, ...(interval !== undefined && { ci95: interval }) }
}
