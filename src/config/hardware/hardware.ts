// Hardware files to a HardwareSpec in base units.
import { UserError } from '../../errors.ts'
import { dieCount } from '../../hardware/die-count.ts'
import { partLatencyPs } from '../../hardware/memory.ts'
import { defaultRouter } from '../../hardware/router-spec.ts'
import type { HardwareSpec, LinkSpec, OperationSpec, RouterSpec } from '../../hardware/spec.ts'
import type { Io } from '../../io.ts'
import { visible } from '../../visible.ts'
import { isKnown, type Known, plainValue } from '../fields.ts'
import { configName, openConfig } from '../library.ts'
import { readWith, reporter } from '../validate.ts'
import { type ConfigView, type Override, viewOf } from '../view.ts'
import { checkHardware } from './checks.ts'
import { type ExpertWidths, forShape, toCompute } from './compute.ts'
import { constantsOf } from './constants.ts'
import { type HardwareFile, hardwareSchema } from './schema.ts'
import { toTiers } from './tiers.ts'
import { toTopology } from './topology.ts'

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
  checkHardware(view.value, file, report)
  if (report.findings.length > 0 || file === undefined) throw new UserError(report.findings)
  return toSpec(file, name, expert)
}

function toSpec(file: HardwareFile, name: string, expert: ExpertWidths | undefined): HardwareSpec {
  const { link, memory, llc } = file
  const topology = toTopology(file)
  const kind = memory.kind.toLowerCase()
  const allDies = Array.from({ length: dieCount(topology) }, (_, die) => die)
  return {
    name: visible(file.name ?? name),
    topology,
    link: {
      bytesPerPs: link.bandwidth,
      latencyPs: link.latency,
      efficiency: plainValue(link.efficiency),
      duplex: link.duplex,
      sharing: link.sharing,
      ...(link.sharing === 'routers' && { router: toRouter(link) }),
      requestBytes: Math.round(link.request),
      ...toStartup(file),
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
      efficiency: memory.efficiency === undefined ? 'timed' : shareOf(memory.efficiency, expert),
      latencyPs: memory.latency ?? partLatencyPs(kind),
      access: memory.access,
      channelDies: memory.channels === 'all' ? allDies : memory.channels.toSorted((a, b) => a - b),
      shared: memory.shared,
      ...(memory.tiers && { tiers: toTiers(memory) }),
    },
    activations: file.activations,
    ...(file.operations && { operations: toOperations(file.operations, file.compute) }),
    ...toBudgets(file),
    constants: constantsOf(file),
  }
}

/** Checked before: where operations state no start-up of their own, kernels do. */
function toOperations(
  { startup, attention, router, shared, dense, head }: NonNullable<HardwareFile['operations']>,
  compute: HardwareFile['compute'],
): OperationSpec {
  const launch = compute.model === 'kernel' ? compute.startup.value : 0
  return {
    startupPs: startup === undefined ? launch : plainValue(startup),
    attention: attention.value,
    router: router.value,
    shared: shared.value,
    dense: dense.value,
    head: head.value,
  }
}

function shareOf(
  share: number | Known<number> | Readonly<Record<string, number>>,
  expert: ExpertWidths | undefined,
): number {
  if (typeof share === 'number') return share
  return isKnown(share) ? share.value : forShape(share, expert)
}

/** Start-ups, and what differs for messages to other nodes. */
function toStartup({ link, nodes }: HardwareFile): Pick<LinkSpec, 'startup' | 'outer'> {
  const { message = 0, exchange = 0 } = link.startup ?? {}
  return {
    ...(link.startup && { startup: { messagePs: plainValue(message), exchangePs: plainValue(exchange) } }),
    ...(nodes && {
      outer: {
        latencyPs: nodes.latency,
        messagePs: plainValue(nodes.startup?.message ?? message),
        payloadBytesPerPs: nodes.bandwidth * plainValue(nodes.efficiency),
      },
    }),
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
  const link = { bytesPerPs: bandwidth, efficiency: plainValue(efficiency), latencyPs: latency }
  const base = defaultRouter(link, router.flit)
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
