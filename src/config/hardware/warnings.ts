// What is odd about a hardware file that is right: memories that no package has, times that are rounded.
import type { Diagnostic } from '../../errors.ts'
import { Dram } from '../../hardware/dram.ts'
import { dramParts } from '../../hardware/dram-parts.ts'
import { formatQuantity, parseQuantity } from '../../units.ts'
import type { Path } from '../document.ts'
import { type Reporter, reporter } from '../validate.ts'
import { type ConfigView, part } from '../view.ts'
import { type HardwareFile, hardwareSchema } from './schema.ts'

/**
 * Channels that the memory of one die may have before its kind is likely a slip. Stacks have 16 channels, those of HBM4 32, and
 * no package puts more than eight of them at a die; of modules and chips on a board the largest machines have 64.
 */
const MOST_CHANNELS = { hbm4: 256, hbm: 128, other: 64 }

/** A number is no whole number of channels just because its unit is decimal: a part this near to one is one. */
const NEARLY_ONE = 0.99

/** Of a hardware mapping that is valid: for every run. */
export function hardwareWarnings(view: ConfigView): Diagnostic[] {
  const report = reporter(view, 'hardware')
  const memory = hardwareSchema.shape.memory.safeParse(part(view.value, ['memory']))
  if (memory.success) warnOfChannels(memory.data, report)
  return report.findings
}

/** Times that are rounded up to whole picoseconds, with what becomes of them: for whoever asks what a file means. */
export function roundedTimes(view: ConfigView): Diagnostic[] {
  const report = reporter(view, 'hardware')
  for (const { path, text } of textsOf(view.value, [])) {
    const ps = parseQuantity(text, 'time')
    if (typeof ps !== 'number' || Number.isInteger(ps)) continue
    const what = `${text} is no whole number of picoseconds`
    report.at('conflict', path, { what, hint: `it is taken as ${Math.ceil(ps)} ps` }, 'value', 'warning')
  }
  return report.findings
}

function warnOfChannels({ kind, bandwidth, efficiency }: HardwareFile['memory'], report: Reporter): void {
  const dram = dramParts.get(kind.toLowerCase())
  if (dram === undefined) return
  const { peakBytesPerPs } = new Dram(dram, 1)
  const channels = bandwidth / peakBytesPerPs
  const most = mostChannels(kind.toLowerCase())
  const each = `a channel of ${kind} has ${formatQuantity(peakBytesPerPs, 'bandwidth')}`
  const warn = (what: string, hint: string) =>
    report.at('conflict', ['memory', 'bandwidth'], { what, hint }, 'value', 'warning')
  if (channels > most) {
    const what = `${formatQuantity(bandwidth, 'bandwidth')} at one die takes ${Math.ceil(channels)} channels of ${kind}: ${each}, and no die has more than ${most}`
    warn(what, 'look at memory.kind and memory.bandwidth, which is that of one die')
  } else if (channels < NEARLY_ONE) {
    const timed = efficiency === undefined ? ': its timings are those of a whole channel, slowed down' : ''
    const what = `${formatQuantity(bandwidth, 'bandwidth')} is less than one channel of ${kind} gives: ${each}${timed}`
    warn(
      what,
      'look at memory.kind and memory.bandwidth, or use kind: other with an efficiency and a latency',
    )
  }
}

function mostChannels(kind: string): number {
  if (kind.startsWith('hbm4')) return MOST_CHANNELS.hbm4
  return kind.startsWith('hbm') ? MOST_CHANNELS.hbm : MOST_CHANNELS.other
}

/** Every text in a value, with where it stands. */
function textsOf(value: unknown, path: Path): { readonly path: Path; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    textsOf(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}
