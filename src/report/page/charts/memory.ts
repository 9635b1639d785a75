// Memory by class: what SRAM held at its fullest moment, and what went through memory and links.
import type { Metrics, RunResult } from '../../../sim/result.ts'
import { size } from '../../cells.ts'
import type { Chart } from '../page.ts'
import { sizeUnit } from './rows.ts'
import { longestBar, metricPart, type Part, stackedChart } from './stacked.ts'

export function sramChart(result: RunResult): Chart | undefined {
  return stackedChart(result, {
    id: 'sram',
    title: 'SRAM of the package at its fullest moment, by what it held',
    caption: 'All dies together, at the one moment when they held most.',
    ...sizes(result, 'SRAM', [
      metricPart('peakSramWeights', 'weights'),
      metricPart('peakSramTokens', 'tokens'),
    ]),
  })
}

export function memoryTrafficChart(result: RunResult): Chart | undefined {
  return stackedChart(result, {
    id: 'traffic',
    title: 'Bytes moved, by where they went',
    caption:
      'Totals of the run. Weights that a die reads from a memory behind another die are part of the weights read.',
    ...sizes(result, 'bytes moved', [
      metricPart('memoryReadWeights', 'weights read from memory'),
      metricPart('memoryReadKv', 'keys and values read'),
      { label: 'activations read from memory', of: activationsRead },
      metricPart('memoryWrite', 'written to memory'),
      metricPart('d2dBytes', 'sent from die to die'),
    ]),
  })
}

/** Parts in bytes, in the unit that suits the longest bar. */
function sizes(result: RunResult, title: string, parts: readonly Part[]) {
  const { unit, of } = sizeUnit(longestBar(result, parts))
  return { parts, axis: `${title} [${unit}]`, convert: of, text: size }
}

/** What is read beside weights, keys and values, where tokens rest in memory. */
function activationsRead({ memoryRead, memoryReadWeights, memoryReadKv }: Metrics): number | undefined {
  if (memoryRead === undefined || memoryReadWeights === undefined) return undefined
  const rest = memoryRead.value - memoryReadWeights.value - (memoryReadKv?.value ?? 0)
  // Means over seeds leave a rounding error where there is nothing.
  return rest < 1 ? 0 : rest
}
