// The figures and tables of "Patterns behind Chaos" that are reproduced.
import type { Paper } from '../figure.ts'
import { area } from './area.ts'
import { dram } from './dram.ts'
import { fig12 } from './fig12.ts'
import { hops } from './hops.ts'
import { hostCpu } from './host-cpu.ts'
import { llama4 } from './llama4.ts'
import { movement } from './movement.ts'
import { placement } from './placement.ts'
import { predictors } from './predictors.ts'
import { profile } from './profile.ts'
import { validation } from './validation.ts'

export const forecasting: Paper = {
  title: 'Patterns behind Chaos (forecast-driven data movement), arXiv 2510.05497v5',
  preface: [
    'the paper publishes its traces behind a gate: routing is generated, with the skew and reuse of the model files, which are calibrated to its next-token statistics',
    'a published value is stated in the text or printed on a bar, unless it says that it was read off an axis',
  ],
  figures: {
    fig12,
    hops,
    dram,
    'host-cpu': hostCpu,
    area,
    placement,
    validation,
    movement,
    profile,
    predictors,
    llama4,
  },
  claims: [
    ...['averages', 'model', 'mesh', 'ep', 'memory', 'hops', 'dram', 'host-cpu', 'area'],
    ...['placement', 'validation', 'movement', 'profile', 'insights'],
  ],
}
