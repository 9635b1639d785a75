// Latency and energy by part, for the runs that know their parts.
import type { RunResult } from '../../../sim/result.ts'
import { energy, time } from '../../cells.ts'
import type { Chart } from '../page.ts'
import { toMj, toMs } from './rows.ts'
import { metricPart, stackedChart } from './stacked.ts'

/** End-to-end runs alone. */
export function latencyPartsChart(result: RunResult): Chart | undefined {
  return stackedChart(result, {
    id: 'latency-parts',
    title: 'End-to-end latency by part of the model',
    caption: 'Routed experts are simulated; the other parts are bounds of the hardware.',
    parts: [
      metricPart('latencyMoe', 'routed experts'),
      metricPart('latencyAttention', 'attention'),
      metricPart('latencyRouter', 'router'),
      metricPart('latencyShared', 'shared experts'),
      metricPart('latencyDense', 'dense layers'),
      metricPart('latencyHead', 'output head'),
    ],
    axis: 'latency [ms]',
    convert: toMs,
    text: time,
  })
}

/** Of runs that were told to explain their time. */
export function timeStepsChart(result: RunResult): Chart | undefined {
  return stackedChart(result, {
    id: 'time-steps',
    title: 'Where the time goes',
    caption:
      'From the pooled bound to latency, each step solved or simulated: costs that no schedule escapes, where weights lie, bytes and routes, order and waiting, latencies and start-ups, SRAM.',
    parts: [
      metricPart('timeBound', 'bound'),
      metricPart('timeCosts', 'first read, activations, utilization'),
      metricPart('timePlacement', 'placement'),
      metricPart('timeTraffic', 'bytes over borders'),
      metricPart('timeRoutes', 'routes'),
      metricPart('timeOrder', 'order and waiting'),
      metricPart('timeStartup', 'latencies and start-ups'),
      metricPart('timeSram', 'SRAM'),
    ],
    axis: 'latency [ms]',
    convert: toMs,
    text: time,
  })
}

/** Hardware with energy constants alone. */
export function energyChart(result: RunResult): Chart | undefined {
  return stackedChart(result, {
    id: 'energy',
    title: 'Energy by part',
    caption:
      'From the constants of the hardware file; a part that it folds into another has no colour of its own.',
    parts: [
      metricPart('energyMac', 'MACs'),
      metricPart('energySram', 'SRAM'),
      metricPart('energyD2d', 'die to die'),
      metricPart('energyMemory', 'memory'),
    ],
    axis: 'energy [mJ]',
    convert: toMj,
    text: energy,
  })
}
