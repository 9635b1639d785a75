// Whole config files that leave nothing open: what was read, with all defaults, as YAML that reads to the same again.
import { Document, visit } from 'yaml'
import type * as z from 'zod'
import type { HardwareSpec } from '../../hardware/spec.ts'
import type { Io } from '../../io.ts'
import { exactQuantity } from '../../units.ts'
import type { Experiment } from '../experiment/experiment.ts'
import { experimentSchema } from '../experiment/schema.ts'
import { hardwareSchema } from '../hardware/schema.ts'
import type { WrittenExperiment } from '../load.ts'
import { modelSchema } from '../model/schema.ts'
import { part } from '../view.ts'
import { withDefaults } from './defaults.ts'

type Mapping = Readonly<Record<string, unknown>>

/** `written`: a valid hardware mapping, which `hardware` was read from. */
export function filledHardware(written: unknown, hardware: HardwareSpec): Mapping {
  const { link, memory, llc, sram } = written as Readonly<Record<string, Mapping>>
  const latency = memory?.latency ?? exactQuantity(hardware.memory.latencyPs, 'time')
  return filled(hardwareSchema, {
    ...(written as Mapping),
    name: hardware.name,
    link: { ...link, ...routerOf(hardware) },
    sram: sram ?? llc?.capacity,
    memory: { ...memory, latency },
  })
}

/** In the order of the schema. */
const filled = (schema: z.ZodType, value: unknown) => withDefaults(schema, value) as Mapping

/** Every part of a router; none where messages do not go through routers. */
function routerOf({ link: { router } }: HardwareSpec): { readonly router?: Mapping } {
  if (router === undefined) return {}
  return {
    router: {
      flit: exactQuantity(router.flitBytes, 'size'),
      packet: exactQuantity(router.packetBytes, 'size'),
      virtual_channels: router.virtualChannels,
      buffer: exactQuantity(router.bufferBytes, 'size'),
      delay: exactQuantity(router.routerPs, 'time'),
      startup: exactQuantity(router.startupPs, 'time'),
      credit: exactQuantity(router.creditPs, 'time'),
      injection: exactQuantity(router.injectionBytesPerPs, 'bandwidth'),
      ejection: exactQuantity(router.ejectionBytesPerPs, 'bandwidth'),
    },
  }
}

/** `written`: a valid model mapping in moesim's own keys. */
export function filledModel(written: unknown, name: string): Mapping {
  return filled(modelSchema, { ...(written as Mapping), name })
}

/** One file with its hardware and model in it; a trace that does not come with moesim as seen from the working directory. */
export function filledExperiment(io: Io, experiment: Experiment, written: WrittenExperiment): Mapping {
  const config = filled(experimentSchema, {
    ...(written.experiment as Mapping),
    ...routingOf(io, experiment.routing, written.experiment),
    name: experiment.name,
    hardware: filledHardware(written.hardware, experiment.hardware),
    model: filledModel(written.model, experiment.model.name),
    // An id is a scheduler's name, or a preset's, and what differs from its defaults.
    schedulers: experiment.schedulers.map(({ id, options }) => ({ name: id.split(':')[0], ...options })),
    baseline: experiment.baseline,
  })
  if (experiment.routing.kind !== 'counts') return config
  // Counts stand for the groups of requests too.
  const { topics: _topics, ...generator } = config.generator as Mapping
  return { ...config, generator }
}

function routingOf(io: Io, routing: Experiment['routing'], written: unknown): Mapping {
  if (routing.kind === 'trace') {
    const name = part(written, ['trace'])
    return { trace: routing.path === io.bundled('traces', `${name}.csv.gz`) ? name : routing.path }
  }
  const generator = part(written, ['generator']) as Mapping | undefined
  const { reuse, requests } = routing.spec
  if (routing.kind === 'generator')
    return { generator: { ...generator, skew: routing.spec.skew, reuse, requests } }
  return { generator: { ...generator, reuse, requests, counts: routing.path } }
}

/** Lists of plain values in a line of their own. */
export function configYaml(config: Mapping): string {
  const document = new Document(config, { aliasDuplicateObjects: false })
  visit(document, {
    Seq(_, list) {
      list.flow = list.items.every((item) => !('items' in (item as object)))
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
