// The keys of a hardware file. What they mean in the simulator is in hardware/spec.ts.
import * as z from 'zod'
import { expectedQuantity } from '../../units.ts'
import {
  byName,
  choice,
  flag,
  idList,
  known,
  mapping,
  name,
  quantity,
  reachedShare,
  sizeOrUnlimited,
  wholeNumber,
} from '../fields.ts'
import { computeSchema } from './compute-schema.ts'
import { tiersSchema } from './tier-schema.ts'
import { MAX_DIES, topologySchema } from './topology-schema.ts'

const expectedTime = `${expectedQuantity('time')}, or with how it is known, such as {fitted: 9 us, on: the rows}`

/** What is left out is as in BookSim2's default mesh, see defaultRouter in src/hardware/router-spec.ts. */
const router = mapping({
  flit: quantity('size', true).optional().describe('What a link moves in one cycle; default 32 B'),
  packet: quantity('size', true).optional().describe('Arbitrated for as a whole; default 16 flits'),
  virtual_channels: wholeNumber(1, 64).optional().describe('Queues of an input port; default 4'),
  buffer: quantity('size', true)
    .optional()
    .describe('Of one virtual channel; default: what keeps a link busy'),
  delay: quantity('time', false)
    .optional()
    .describe('In each router, beside the link latency; default 3 cycles'),
  startup: quantity('time', false).optional().describe('Once per message; default 5 cycles'),
  credit: quantity('time', false).optional().describe('Until a freed buffer is known of; default 2 cycles'),
  injection: quantity('bandwidth', true).optional().describe("All a die sends; default one link's bandwidth"),
  ejection: quantity('bandwidth', true)
    .optional()
    .describe("All a die receives; default one link's bandwidth"),
})

const startupTime = z.union([quantity('time', false), known(quantity('time', false))], {
  error: expectedTime,
})

/** A share, or one whose file says how it is known. */
const statedShare = z.union([reachedShare, known(reachedShare)], {
  error: 'a number from 1e-9 to 1, or such a number with how it is known, such as {fitted: 0.9, on: rows}',
})

const nodes = mapping({
  count: wholeNumber(1, MAX_DIES).describe('Nodes of equally many dies, in die order'),
  bandwidth: quantity('bandwidth', true).describe("Of one die's way out of its node, in one direction"),
  latency: quantity('time', false).describe('From node to node'),
  efficiency: statedShare.default(1).describe('Share of the bandwidth that payload reaches'),
  startup: mapping({ message: startupTime }).optional().describe('What a message to another node costs'),
})

const startup = mapping({
  message: startupTime.optional().describe('Of each message; a die starts one after the other'),
  exchange: startupTime.optional().describe('Of a dispatch or combine, once for every die'),
})

const link = mapping({
  bandwidth: quantity('bandwidth', true).describe('Of one link in one direction'),
  latency: quantity('time', false).describe('Per hop'),
  efficiency: statedShare.default(1).describe('Share of the bandwidth that payload reaches'),
  duplex: choice(['full', 'half']).default('full').describe('half: both directions share one bandwidth'),
  sharing: choice(['routers', 'fair', 'circuit'])
    .default('routers')
    .describe(
      'routers: packets through wormhole routers; fair: fluids that share max-min; circuit: a message holds its route',
    ),
  router: router.optional(),
  startup: startup.optional().describe('What sending costs, however few the bytes'),
  request: quantity('size', false)
    .prefault('0 B')
    .describe('Command and address sent ahead of a remote read'),
})

const llc = mapping({
  capacity: quantity('size', true),
  ways: wholeNumber(1, 1024),
  hit: quantity('time', false),
  miss: quantity('time', false).describe('Added to the memory access of a miss'),
  write: quantity('time', false),
})

const memory = mapping({
  kind: name('a part such as DDR3-1600 or HBM3, or other').describe(
    'Part whose timings give what efficiency and latency leave out; other: both must be given',
  ),
  bandwidth: quantity('bandwidth', true).describe("Of one die's channel"),
  latency: quantity('time', false).optional().describe('Absent: that of an idle memory of this kind'),
  efficiency: z
    .union(
      [
        reachedShare,
        known(reachedShare),
        byName(reachedShare, 'efficiencies by shape of expert, one of them named default'),
      ],
      {
        error:
          'a number from 1e-9 to 1, or such numbers by hidden x inner width of an expert, such as {default: 0.9, 5120x8192: 0.85}',
      },
    )
    .optional()
    .describe('Absent: from the timings of this kind of memory and the size of each access'),
  capacity: sizeOrUnlimited(1).describe("Of one die's channel"),
  reserved: z
    .number({ error: 'a number from 0 to below 1' })
    .min(0, { error: 'a number from 0 to below 1' })
    .lt(1, { error: 'a number from 0 to below 1' })
    .default(0)
    .describe('Share of the capacity kept back for system use'),
  access: choice(['pipelined', 'serial'])
    .default('pipelined')
    .describe('serial: the channel is busy through the latency'),
  channels: z
    .union([z.literal('all'), idList(MAX_DIES, 'all, or a list of die ids, such as [0, 3]')], {
      error: 'all, or a list of die ids, such as [0, 3]',
    })
    .default('all')
    .describe('Dies that own a channel'),
  shared: flag().describe(
    'true: every channel reaches every weight; false: a weight lives behind its home die',
  ),
  tiers: tiersSchema
    .optional()
    .describe('Memories beyond it, the nearest first; weights lie in the last one'),
})

const basis = choice(['published', 'derived', 'assumed']).describe(
  'How the constants are known; of several, the weakest',
)

const IN_MAC = 'in mac'
const energy = mapping({
  basis,
  mac: quantity('energy', true).optional().describe('One multiply-accumulate'),
  sram: z
    .union([z.literal(IN_MAC), quantity('energyPerByte', true)], {
      error: `an energy per bit or byte above zero, such as 0.2 pJ/bit, or "${IN_MAC}"`,
    })
    .optional()
    .describe(`Read or written; ${IN_MAC}: the figure for a MAC includes it`),
  link: quantity('energyPerByte', true).optional().describe('Per hop'),
  memory: quantity('energyPerByte', true).optional(),
  idle: quantity('power', true)
    .optional()
    .describe('Of one die, all the time: leakage and clocks; absent: energy is that of the work alone'),
})

const area = mapping({
  basis,
  link_module: quantity('area', true).describe("One of the modules that a die's D2D bandwidth comes in"),
  link_module_bandwidth: quantity('bandwidth', true),
  compute: quantity('area', true),
  compute_rate: quantity('rate', true)
    .optional()
    .describe('Peak of a die for which compute holds: it grows and shrinks with the rate; absent: it stays'),
  buffer: quantity('areaPerByte', true),
  limit: quantity('area', true).optional().describe('Largest die'),
})

const power = mapping({
  basis,
  compute: quantity('power', true).describe('Of one die'),
  compute_rate: quantity('rate', true)
    .optional()
    .describe('Peak of a die for which compute holds: it grows and shrinks with the rate; absent: it stays'),
  link: quantity('energyPerByte', true).describe('Of one die at full D2D bandwidth; 1 pJ/B is 1 mW per GB/s'),
  memory: quantity('energyPerByte', true).describe(
    'Of one channel at full bandwidth; 1 pJ/B is 1 mW per GB/s',
  ),
  limit: quantity('power', true).optional().describe('Highest of the package'),
})

const operationCount = known(wholeNumber(0, 1000))
const operations = mapping({
  startup: startupTime
    .optional()
    .describe('Of each operation; absent: that of a launch of compute model kernel'),
  attention: operationCount.describe('Operations of a layer'),
  router: operationCount,
  shared: operationCount,
  dense: operationCount.describe('Of the feed-forward part of a layer without routed experts'),
  head: operationCount.describe('Embedding and output head together'),
})

export const hardwareSchema = mapping({
  name: name('a name').optional(),
  topology: topologySchema,
  nodes: nodes.optional().describe('Dies in nodes, and links between nodes'),
  link,
  compute: computeSchema,
  sram: sizeOrUnlimited(1).optional().describe("On-chip buffer of a die; absent: the LLC's size"),
  llc: llc.optional(),
  memory,
  operations: operations
    .optional()
    .describe('What starting operations around the routed experts costs in end-to-end runs'),
  activations: choice(['sram', 'memory']).describe("Where a layer's activations rest"),
  energy: energy.optional().describe('Unit energies; without them no energy is reported'),
  area: area.optional().describe('What the area of a die is made of'),
  power: power.optional().describe('What the peak power of the package is made of'),
})

export type HardwareFile = z.output<typeof hardwareSchema>
