// The tiers of a hardware file's memory: memories beyond the one at the dies.
import * as z from 'zod'
import { flag, known, mapping, name, quantity, reachedShare, sizeOrUnlimited } from '../fields.ts'

const bandwidth = z.union([quantity('bandwidth', true), known(quantity('bandwidth', true))], {
  error:
    'a bandwidth with its unit, such as 64 GB/s, or with how it is known, such as {fitted: 50 GB/s, on: the rows}',
})
const time = z.union([quantity('time', false), known(quantity('time', false))], {
  error:
    'a time with its unit, such as 10 us, or with how it is known, such as {fitted: 10 us, on: the rows}',
})

const link = mapping({
  kind: name('what it is, such as pcie, cxl or nvme'),
  bandwidth: bandwidth.describe('To the next nearer memory'),
  latency: quantity('time', false).prefault('0 ns'),
})

const compute = mapping({
  peak: quantity('rate', true).describe('Of all cores together'),
  bandwidth: bandwidth.optional().describe("At which they read weights; absent: the tier's"),
  startup: time.optional().describe('Before each expert, its tokens brought and its results taken back'),
  handover: time
    .optional()
    .describe('Before the first expert of each layer and iteration: its work is handed over once'),
})

const tier = mapping({
  name: name('a name such as host or nvme'),
  capacity: sizeOrUnlimited(1).describe('Of the package where it is shared, else of each die'),
  bandwidth: bandwidth.describe('Of the memory itself'),
  efficiency: reachedShare.default(1).describe('Share of the bandwidth that accesses reach'),
  latency: quantity('time', false).prefault('0 ns').describe('Of the memory itself'),
  startup: time.optional().describe('Of each read: for so long its way is busy before'),
  link: link.describe('The way to the next nearer memory'),
  shared: flag().describe('true: one for all dies, which take turns; false: one for each'),
  compute: compute.optional().describe('Cores that can multiply with weights where they lie'),
  energy: quantity('energyPerByte', true).optional().describe('Of a byte read, the way included'),
})

export const tiersSchema = z
  .array(tier, { error: 'a list of memories, the nearest first, such as [{name: host, ...}]' })
  .min(1, { error: 'one memory at least; leave tiers out where there are none' })
  .max(4, { error: 'four memories at most' })
