// Rules of a hardware file that concern several keys at once.
import { nearest } from '../../errors.ts'
import { dieCount } from '../../hardware/die-count.ts'
import { dramParts } from '../../hardware/dram-parts.ts'
import { defaultRouter } from '../../hardware/router-spec.ts'
import { isKnown } from '../fields.ts'
import { type Reporter, reportReserved, validFields } from '../validate.ts'
import { checkKernel } from './kernel-checks.ts'
import { type HardwareFile, hardwareSchema } from './schema.ts'
import { checkTiers } from './tiers.ts'
import { flatTopology } from './topology.ts'
import { checkNodes, checkTopology, checkUnequalLinks } from './topology-checks.ts'

const OTHER_KIND = 'other'
const EXPERT_SHAPE = /^[1-9]\d{0,6}x[1-9]\d{0,6}$/

/** Reports what does not fit together, as far as the parts concerned are valid on their own; `whole`: where all are. */
export function checkHardware(value: unknown, whole: HardwareFile | undefined, report: Reporter): void {
  const fields = whole ?? validFields(hardwareSchema, value)
  const { topology, nodes, link, compute, memory, llc, sram, activations, operations } = fields
  reportReserved(value, [], report)
  if (topology) checkTopology(topology, report)
  if (nodes && topology) checkNodes(nodes, topology, report)
  if (link) checkUnequalLinks(link, topology, nodes, report)
  if (compute) checkCompute(compute, report)
  if (memory && topology) checkChannels(memory.channels, dieCount(flatTopology(topology, 1)), report)
  if (activations === 'memory' && memory && topology) {
    checkActivations(memory.channels, dieCount(flatTopology(topology, 1)), report)
  }
  if (memory && topology) checkTiers(memory, dieCount(flatTopology(topology, 1)), report)
  if (link) checkRouter(link, report)
  if (operations?.startup === undefined && operations && compute && compute.model !== 'kernel') {
    const hint = 'such as 4 us; only compute model kernel has one to take it from'
    report.at('missing-key', ['operations'], { key: 'startup', within: 'operations', hint }, 'key')
  }
  if (memory) checkMemoryKind(memory, report)
  if (memory) checkEfficiency(memory.efficiency, report)
  // A key that is there and wrong has its own finding; only a missing one is missing.
  const has = (key: string) => typeof value === 'object' && value !== null && key in value
  if (sram === undefined && llc === undefined && !has('sram') && !has('llc')) {
    const hint = 'it is a size such as 3.328 MB, or unlimited; only with an llc may it be left out'
    report.at('missing-key', [], { key: 'sram', within: 'hardware', hint }, 'key')
  }
}

function checkEfficiency(efficiency: HardwareFile['memory']['efficiency'], report: Reporter): void {
  if (typeof efficiency !== 'object' || isKnown(efficiency)) return
  const path = ['memory', 'efficiency']
  // No model is called so: it is a constant that is not whole.
  if (efficiency.fitted === undefined) checkByShape(efficiency, path, report)
  else report.badValue(path, 'fitted together with on, which says on what rows')
}

/** A router moves whole flits of whole bytes, packets of whole flits, and buffers whole packets. */
function checkRouter({ sharing, router }: HardwareFile['link'], report: Reporter): void {
  if (router === undefined) return
  const at = (key: string, what: string, hint: string) =>
    report.at('conflict', ['link', 'router', key], { what, hint })
  if (sharing !== 'routers') {
    report.at('conflict', ['link', 'router'], {
      what: `routers are described, but sharing is ${sharing}`,
      hint: 'leave one of the two out, or use sharing: routers',
    })
  }
  const { flitBytes } = defaultRouter({ bytesPerPs: 1, efficiency: 1, latencyPs: 0 }, router.flit)
  if (!Number.isInteger(flitBytes)) {
    at('flit', 'a flit is not a whole number of bytes', 'a usual size is 32 B')
    return
  }
  const { packetBytes } = defaultRouter({ bytesPerPs: 1, efficiency: 1, latencyPs: 0 }, flitBytes)
  const packet = router.packet ?? packetBytes
  if (packet % flitBytes !== 0)
    at('packet', 'a packet is not a whole number of flits', `a flit is ${flitBytes} B`)
  if (router.buffer !== undefined && router.buffer < packet) {
    at('buffer', 'a buffer holds less than one packet', `a packet is ${packet} B`)
  }
}

/** Kinds are parts whose timings are known; anything else is `other` and states what timings would have given. */
function checkMemoryKind(memory: HardwareFile['memory'], report: Reporter): void {
  const kind = memory.kind.toLowerCase()
  if (dramParts.has(kind)) return
  if (kind !== OTHER_KIND) {
    const allowed = [...dramParts.keys(), OTHER_KIND]
    const suggestion = nearest(kind, allowed)
    const args = { kind: 'memory kind', name: memory.kind, allowed, ...(suggestion && { suggestion }) }
    report.at('unknown-name', ['memory', 'kind'], args)
    return
  }
  for (const key of ['efficiency', 'latency'] as const) {
    if (memory[key] !== undefined) continue
    const hint = 'a memory of kind other has no timings to take it from'
    report.at('missing-key', ['memory'], { key, within: 'memory', hint }, 'key')
  }
}

function checkCompute(compute: HardwareFile['compute'], report: Reporter): void {
  if (compute.model === 'ideal') {
    const byCycle = compute.macs_per_cycle !== undefined && compute.clock !== undefined
    const partly = compute.macs_per_cycle !== undefined || compute.clock !== undefined
    if (compute.peak === undefined ? !byCycle : partly) {
      const what = 'ideal compute needs either a peak or both macs_per_cycle and clock'
      report.at('conflict', ['compute'], {
        what,
        hint: 'such as peak: 989 TFLOP/s, or macs_per_cycle: 2048 and clock: 800 MHz',
      })
    }
  } else if (compute.model === 'table') {
    checkByShape(compute.utilization, ['compute', 'utilization'], report)
    for (const [name, table] of Object.entries(compute.utilization)) {
      const path = ['compute', 'utilization', name]
      for (const upTo of Object.keys(table)) {
        if (upTo === 'more' || /^[1-9]\d{0,8}$/.test(upTo)) continue
        report.at(
          'unknown-key',
          [...path, upTo],
          { key: upTo, within: path.join('.'), allowed: ['a token count such as 128', 'more'] },
          'key',
        )
      }
      if (table.more === undefined) {
        report.at(
          'missing-key',
          path,
          { key: 'more', within: path.join('.'), hint: 'it is the share beyond the largest count' },
          'key',
        )
      }
    }
  } else if (compute.model === 'kernel') checkKernel(compute, report)
}

function checkChannels(channels: 'all' | readonly number[], dies: number, report: Reporter): void {
  if (channels === 'all') return
  channels.forEach((die, i) => {
    const path = ['memory', 'channels', i]
    if (die >= dies)
      report.at('conflict', path, {
        what: `memory channel at die ${die}`,
        hint: `the dies are 0 to ${dies - 1}`,
      })
    if (channels.indexOf(die) < i)
      report.at('conflict', path, { what: `die ${die} is listed twice`, hint: 'a die owns one channel' })
  })
}

/** Activations rest in the memory behind the die itself. */
function checkActivations(channels: 'all' | readonly number[], dies: number, report: Reporter): void {
  if (channels === 'all') return
  const without = Array.from({ length: dies }, (_, die) => die).find((die) => !channels.includes(die))
  if (without === undefined) return
  report.at('conflict', ['activations'], {
    what: `activations rest in each die's own memory, and die ${without} has no memory channel`,
    hint: 'use activations: sram, or channels: all',
  })
}

/** A table tells experts by their shape, never by what a model is called, and has an entry for all other shapes. */
function checkByShape(table: Readonly<Record<string, unknown>>, path: string[], report: Reporter): void {
  const within = path.join('.')
  const names = Object.keys(table).filter((key) => key !== 'default' && !EXPERT_SHAPE.test(key))
  for (const key of names) {
    const allowed = ['default', 'the hidden x inner width of an expert, such as 4096x1536']
    report.at('unknown-key', [...path, key], { key, within, allowed }, 'key')
  }
  if (table.default !== undefined || names.length > 0) return
  report.at(
    'missing-key',
    path,
    { key: 'default', within, hint: 'it is for experts of any other shape' },
    'key',
  )
}
