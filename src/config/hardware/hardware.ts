// Hardware files to a HardwareSpec in base units.
import { invariant, UserError } from '../../errors.ts'
import { dieCount } from '../../hardware/die-count.ts'
import { partLatencyPs } from '../../hardware/memory.ts'
import { defaultRouter } from '../../hardware/router-spec.ts'
import type { ComputeSpec, HardwareSpec, RouterSpec } from '../../hardware/spec.ts'
import type { Io } from '../../io.ts'
import type { ModelShape } from '../../model/shape.ts'
import { configName, openConfig } from '../library.ts'
import { readWith, reporter } from '../validate.ts'
import { type ConfigView, type Override, viewOf } from '../view.ts'
import { checkHardware } from './checks.ts'
import { type HardwareFile, hardwareSchema } from './schema.ts'

const PS_PER_S = 1e12
const FLOP_PER_MAC = 2

/** What tables of a hardware file know a model by. */
type ExpertWidths = Pick<ModelShape, 'hidden' | 'expertIntermediate'>

/**
 * Reads a bundled hardware config or a file. `expert` picks the entries of tables that depend on the model.
 * Throws UserError with all findings; IoError only where moesim's own files are gone.
 */
export async function loadHardware(
  io: Io,
  nameOrPath: string,
  overrides: readonly Override[] = [],
  expert?: ExpertWidths,
): Promise<HardwareSpec> {
  const document = await openConfig(io, 'hardware', nameOrPath)
  return readHardware(viewOf(document, overrides), configName(nameOrPath), expert)
}

/** Validates a hardware mapping. Throws UserError with all findings. */
export function readHardware(view: ConfigView, name: string, expert: ExpertWidths | undefined): HardwareSpec {
  const report = reporter(view, 'hardware')
  const file = readWith(hardwareSchema, view, 'hardware', report)
  checkHardware(view.value, report)
  if (report.findings.length > 0 || file === undefined) throw new UserError(report.findings)
  return toSpec(file, name, expert)
}

function toSpec(file: HardwareFile, name: string, expert: ExpertWidths | undefined): HardwareSpec {
  const { link, memory, llc, topology } = file
  const kind = memory.kind.toLowerCase()
  const allDies = Array.from({ length: dieCount(topology) }, (_, die) => die)
  return {
    name: file.name ?? name,
    topology,
    link: {
      bytesPerPs: link.bandwidth,
      latencyPs: link.latency,
      efficiency: link.efficiency,
      duplex: link.duplex,
      sharing: link.sharing,
      ...(link.sharing === 'routers' && { router: toRouter(link) }),
      requestBytes: Math.round(link.request),
    },
    compute: toCompute(file.compute, expert),
    sramBytes: file.sram ?? Math.round(llc?.capacity ?? 0),
    ...(llc && {
      llc: {
        capacityBytes: Math.round(llc.capacity),
        ways: llc.ways,
        hitPs: llc.hit,
        missPs: llc.miss,
        writePs: llc.write,
      },
    }),
    memory: {
      kind,
      capacityBytes: memory.capacity,
      reserved: memory.reserved,
      bytesPerPs: memory.bandwidth,
      efficiency:
        typeof memory.efficiency === 'object'
          ? forShape(memory.efficiency, expert)
          : (memory.efficiency ?? 'timed'),
      latencyPs: memory.latency ?? partLatencyPs(kind),
      access: memory.access,
      channelDies: memory.channels === 'all' ? allDies : memory.channels.toSorted((a, b) => a - b),
      shared: memory.shared,
    },
    activations: file.activations,
    ...toBudgets(file),
  }
}

/** Constants of energy, area and power, where the file states them. */
function toBudgets({ energy, area, power }: HardwareFile): Pick<HardwareSpec, 'energy' | 'area' | 'power'> {
  return {
    energy: energy && {
      basis: energy.basis,
      macPj: energy.mac,
      sramPjPerByte: energy.sram,
      linkPjPerByteHop: energy.link,
      memoryPjPerByte: energy.memory,
      idleW: energy.idle,
    },
    area: area && {
      basis: area.basis,
      linkModuleMm2: area.link_module,
      linkModuleBytesPerPs: area.link_module_bandwidth,
      computeMm2: area.compute,
      computeFlopPerPs: area.compute_rate,
      bufferMm2PerByte: area.buffer,
      limitMm2: area.limit,
    },
    power: power && {
      basis: power.basis,
      computeW: power.compute,
      computeFlopPerPs: power.compute_rate,
      linkPjPerByte: power.link,
      memoryPjPerByte: power.memory,
      limitW: power.limit,
    },
  }
}

/** A router's parts, the default ones where a file names none. */
function toRouter({ bandwidth, efficiency, latency, router = {} }: HardwareFile['link']): RouterSpec {
  const base = defaultRouter({ bytesPerPs: bandwidth, efficiency, latencyPs: latency }, router.flit)
  return {
    ...base,
    packetBytes: Math.round(router.packet ?? base.packetBytes),
    virtualChannels: router.virtual_channels ?? base.virtualChannels,
    bufferBytes: Math.round(router.buffer ?? base.bufferBytes),
    routerPs: router.delay ?? base.routerPs,
    startupPs: router.startup ?? base.startupPs,
    creditPs: router.credit ?? base.creditPs,
    injectionBytesPerPs: router.injection ?? base.injectionBytesPerPs,
    ejectionBytesPerPs: router.ejection ?? base.ejectionBytesPerPs,
  }
}

function toCompute(compute: HardwareFile['compute'], expert: ExpertWidths | undefined): ComputeSpec {
  switch (compute.model) {
    case 'ideal':
      return {
        kind: 'ideal',
        flopPerPs:
          compute.peak ?? ((compute.macs_per_cycle ?? 0) * FLOP_PER_MAC * (compute.clock ?? 0)) / PS_PER_S,
      }
    case 'table':
      return {
        kind: 'table',
        flopPerPs: compute.peak,
        utilization: Object.entries(forShape(compute.utilization, expert))
          .map(([upTo, value]) => ({
            upTo: upTo === 'more' ? Number.POSITIVE_INFINITY : Number(upTo),
            value,
          }))
          .sort((a, b) => (a.upTo < b.upTo ? -1 : 1)),
      }
    case 'systolic':
      return {
        kind: 'systolic',
        rows: compute.rows,
        columns: compute.columns,
        clockPs: PS_PER_S / compute.clock,
        dataflow: compute.dataflow,
        doubleBuffered: compute.double_buffered,
      }
  }
}

/** The entry of a table by shape of expert, or its `default`: a model's name never decides. */
function forShape<T>(table: Readonly<Record<string, T>>, expert: ExpertWidths | undefined): T {
  const key = expert === undefined ? 'default' : `${expert.hidden}x${expert.expertIntermediate}`
  const entry = Object.hasOwn(table, key) ? table[key] : table.default
  invariant(entry !== undefined, 'a table by shape of expert has no default')
  return entry
}

/**
 * The forecasting paper's idealizations (`compat: paper`): its simulator has undirected links that a message holds
 * along its whole route, a memory that is busy through its latency, and no limit on on-chip buffers.
 */
export function idealizedLikePaper(hardware: HardwareSpec): HardwareSpec {
  return {
    ...hardware,
    link: { ...hardware.link, sharing: 'circuit', duplex: 'half', router: undefined },
    memory: { ...hardware.memory, access: 'serial' },
    sramBytes: Number.POSITIVE_INFINITY,
  }
}
