// Slices that cost nothing: a test gives a cost to what it is about.
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'

export const noCosts: SliceCosts = {
  wayPs: 0,
  readPs: 0,
  inputPs: () => 0,
  innerPs: () => 0,
  portPs: 0,
  computePs: () => 0,
  tokenPs: 0,
  messagePs: 0,
  firstReadPs: 0,
  firstTokenPs: 0,
}
