// Hit rates of expert caches layer by layer, a line for each policy, in a cache of the size that is chosen.
import type { CacheReport } from '../../trace/cache-report.ts'
import type { Chart, ChartRow } from '../page.ts'
import { CHART_WIDTH } from './rows.ts'

/** Undefined where there is one layer only, or where layers were not counted. */
export function layerHitRatesChart({ results, trace }: CacheReport): Chart | undefined {
  if (trace.layers.length < 2 || results[0]?.layers === undefined) return undefined
  const sizes = [...new Set(results.map(({ slots }) => slots))]
  const values = results.flatMap(({ policy, slots, layers = [] }) =>
    layers.map(
      ({ hitRate }, i): ChartRow => ({ policy, slots, layer: trace.layers[i]!, rate: 100 * hitRate }),
    ),
  )
  // Where a cache is neither hopeless nor large enough for anything, policies differ most.
  const shown = sizes[Math.floor(sizes.length / 2)]!
  return {
    id: 'hit-rates-by-layer',
    title: 'Hit rate of each layer',
    caption: `Choose the size of the cache in the menu; files show ${shown} slots. Lines join layers for the eye.`,
    spec: {
      data: { values },
      width: CHART_WIDTH,
      height: 260,
      params: [{ name: 'slots', value: shown, bind: { input: 'select', options: sizes, name: 'slots' } }],
      transform: [{ filter: 'datum.slots === slots' }],
      mark: { type: 'line', point: { size: 50 } },
      encoding: {
        x: {
          field: 'layer',
          type: 'quantitative',
          title: 'layer',
          scale: { zero: false },
          axis: { tickMinStep: 1 },
        },
        y: { field: 'rate', type: 'quantitative', title: 'hit rate [%]', scale: { domain: [0, 100] } },
        color: { field: 'policy', type: 'nominal', sort: null, legend: { orient: 'top', title: null } },
        tooltip: [
          { field: 'policy', title: 'policy' },
          { field: 'layer', title: 'layer' },
          { field: 'rate', title: 'hit rate [%]', format: '.1f' },
        ],
      },
    },
  }
}
