// Models larger than the memory next to the compute: what was measured of placements and caches of experts.
import type { Paper } from '../figure.ts'
import { hitRates } from './hit-rates.ts'
import { placement } from './placement.ts'

export const offload: Paper = {
  title: 'Models larger than the memory beside the compute: placements and caches of experts as measured',
  preface: [
    'two public measurements instead of a paper: KTransformers’ expert placements and the expert cache of the warp engine; G numbers are rows of the project’s table of measured systems',
    'routing is generated, since neither comes with all of its routing; no knob of it looks at a row that is judged',
  ],
  figures: { placement, 'hit-rates': hitRates },
  claims: ['throughput', 'order', 'hit-rates'],
}
