// Memories beyond the one at the dies: from the file to TierSpecs, and what does not fit together.
import type { TierSpec } from '../../hardware/spec.ts'
import { formatQuantity } from '../../units.ts'
import { isKnown, type Known, plainValue } from '../fields.ts'
import type { Reporter } from '../validate.ts'
import type { HardwareFile } from './schema.ts'

type Memory = HardwareFile['memory']

export function toTiers(memory: Memory): TierSpec[] | undefined {
  return memory.tiers?.map((tier): TierSpec => {
    const ownBytesPerPs = plainValue(tier.bandwidth) * tier.efficiency
    const { compute, link } = tier
    return {
      name: tier.name,
      capacityBytes: tier.capacity,
      shared: tier.shared,
      bytesPerPs: Math.min(ownBytesPerPs, plainValue(link.bandwidth)),
      latencyPs: tier.latency + link.latency,
      startupPs: plainValue(tier.startup ?? 0),
      way: link.kind,
      compute: compute && {
        flopPerPs: compute.peak,
        bytesPerPs: compute.bandwidth === undefined ? ownBytesPerPs : plainValue(compute.bandwidth),
        startupPs: plainValue(compute.startup ?? 0),
        handoverPs: plainValue(compute.handover ?? 0),
      },
      pjPerByte: tier.energy,
    }
  })
}

/** Nearest first: each tier holds more than the memory before it, and brings it no faster than that one is. */
export function checkTiers(memory: Memory, dies: number, report: Reporter): void {
  if (memory.tiers === undefined) return
  if (memory.shared && dies > 1) {
    report.at('conflict', ['memory', 'tiers'], {
      what: 'tiers beyond a memory that all dies share',
      hint: 'use shared: false, so that each die has a memory of its own in front of them',
    })
  }
  let before = { name: 'memory', capacity: memory.capacity * dies, bandwidth: memory.bandwidth }
  memory.tiers.forEach((tier, i) => {
    const path = ['memory', 'tiers', i]
    const capacity = tier.capacity * (tier.shared ? 1 : dies)
    const bandwidth = Math.min(plainValue(tier.bandwidth), plainValue(tier.link.bandwidth))
    const hint = 'list memories from the nearest to the farthest, each larger and slower than the one before'
    if (capacity < before.capacity) {
      const size = (bytes: number) => formatQuantity(bytes, 'size')
      const what = `tiers out of order: ${tier.name} holds ${size(capacity)}, less than ${before.name} in front of it (${size(before.capacity)})`
      report.at('conflict', [...path, 'capacity'], { what, hint })
    }
    if (bandwidth > before.bandwidth) {
      const rate = (of: number) => formatQuantity(of, 'bandwidth')
      const what = `tiers out of order: ${tier.name} brings ${rate(bandwidth)}, more than ${before.name} in front of it (${rate(before.bandwidth)})`
      report.at('conflict', [...path, 'bandwidth'], { what, hint })
    }
    if (memory.tiers!.findIndex(({ name }) => name === tier.name) < i) {
      report.at('conflict', [...path, 'name'], {
        what: `two tiers are called ${tier.name}`,
        hint: 'give each a name of its own',
      })
    }
    before = { name: tier.name, capacity, bandwidth }
  })
}

/** Constants of tiers that say how they are known, by their place in the file. */
export function tierConstants(memory: Memory): [string, Known<unknown>][] {
  return (memory.tiers ?? []).flatMap(({ name, bandwidth, startup, link, compute }) => {
    const stated = {
      bandwidth,
      startup,
      'link.bandwidth': link.bandwidth,
      'compute.bandwidth': compute?.bandwidth,
      'compute.startup': compute?.startup,
      'compute.handover': compute?.handover,
    }
    return Object.entries(stated).flatMap(([key, constant]): [string, Known<unknown>][] =>
      typeof constant === 'object' && isKnown(constant) ? [[`memory.tiers[${name}].${key}`, constant]] : [],
    )
  })
}
