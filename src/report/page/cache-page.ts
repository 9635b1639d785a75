// The page of hit rates: curves over the size of the cache, layers, the tables, and how to repeat it.
import { cacheFacts, cacheNotes, cacheTables } from '../trace/cache.ts'
import type { CacheReport } from '../trace/cache-report.ts'
import { hitRatesChart } from './charts/hit-rates.ts'
import { layerHitRatesChart } from './charts/hit-rates-by-layer.ts'
import type { Page } from './page.ts'

/** Longer tables are for CSV and JSON. */
const MOST_ROWS = 100

/** `command`: what was typed, for the shell. */
export function cachePage(report: CacheReport, version: string, command: string): Page {
  const charts = [hitRatesChart(report), layerHitRatesChart(report)].filter((chart) => chart !== undefined)
  const tables = cacheTables(report).filter(({ rows }) => rows.length <= MOST_ROWS)
  return {
    title: `Expert caches: ${report.trace.model}, ${report.trace.path}`,
    facts: [...cacheFacts(report), { label: 'moesim', text: version }],
    datasets: {},
    sections: [
      { heading: 'Hit rates', notes: cacheNotes(report), charts, tables },
      {
        heading: 'Repeat it',
        notes: [
          'In the folder where it was run: the same version and trace give the same numbers, byte by byte.',
          `SHA-256 of the routing: ${report.trace.sha256}`,
        ],
        charts: [],
        tables: [],
        commands: [command, `${command} --format json`],
      },
    ],
  }
}
