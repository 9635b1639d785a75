// The same package with more of one resource, or without what keeps a schedule waiting.
import type { ComputeSpec, HardwareSpec } from '../hardware/spec.ts'

export const RESOURCES = ['memory', 'links', 'compute', 'sram'] as const
export type Resource = (typeof RESOURCES)[number]

/** Bandwidth of channels, bandwidth of links, rate of compute units or SRAM of dies, times `factor`. */
export function withMore(hardware: HardwareSpec, resource: Resource, factor: number): HardwareSpec {
  const { memory, link } = hardware
  switch (resource) {
    case 'memory':
      return { ...hardware, memory: { ...memory, bytesPerPs: memory.bytesPerPs * factor } }
    case 'links': {
      const { outer } = link
      const outerLink = outer && { ...outer, payloadBytesPerPs: outer.payloadBytesPerPs * factor }
      return {
        ...hardware,
        link: { ...link, bytesPerPs: link.bytesPerPs * factor, ...(outerLink && { outer: outerLink }) },
      }
    }
    case 'compute':
      return { ...hardware, compute: faster(hardware.compute, factor) }
    case 'sram':
      return { ...hardware, sramBytes: Math.floor(hardware.sramBytes * factor) }
  }
}

function faster(spec: ComputeSpec, factor: number): ComputeSpec {
  switch (spec.kind) {
    case 'systolic':
      return { ...spec, clockPs: spec.clockPs / factor }
    case 'kernel':
      return {
        ...spec,
        formats: spec.formats.map((format) => ({ ...format, flopPerPs: format.flopPerPs * factor })),
      }
    default:
      return { ...spec, flopPerPs: spec.flopPerPs * factor }
  }
}

export const withoutSramLimit = (hardware: HardwareSpec): HardwareSpec => ({
  ...hardware,
  sramBytes: Infinity,
})

/** No latency, no look-ups, no requests, no start-up of messages, exchanges and kernels. */
export function withoutStartup(hardware: HardwareSpec): HardwareSpec {
  const { memory, link, llc, compute } = hardware
  const { outer, startup: _startup, router, ...rest } = link
  return {
    ...hardware,
    memory: { ...memory, latencyPs: 0 },
    link: {
      ...rest,
      latencyPs: 0,
      requestBytes: 0,
      ...(outer && { outer: { ...outer, latencyPs: 0, messagePs: 0 } }),
      ...(router && { router: { ...router, routerPs: 0, startupPs: 0 } }),
    },
    ...(llc && { llc: { ...llc, hitPs: 0, missPs: 0, writePs: 0 } }),
    compute: compute.kind === 'kernel' ? { ...compute, startupPs: 0 } : compute,
  }
}
