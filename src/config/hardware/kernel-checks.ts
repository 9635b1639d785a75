// Rules of a kernel's constants that concern several keys, or what no GPU can be.
import { formatQuantity } from '../../units.ts'
import type { Reporter } from '../validate.ts'
import type { HardwareFile } from './schema.ts'

type KernelFile = Extract<HardwareFile['compute'], { model: 'kernel' }>

/** More is on its way in no processor. */
const MOST_FILL_BYTES = 64 * 1024
const MOST_INPUT_BYTES = 8
/** A launch that takes longer is another machine's, or a slip of the unit. */
const MOST_STARTUP_PS = 1e10

export function checkKernel(
  { startup, fill, formats, fitted_range: range }: KernelFile,
  report: Reporter,
): void {
  const conflict = (path: readonly (string | number)[], what: string, hint: string) =>
    report.at('conflict', ['compute', ...path], { what, hint })
  if (startup.value > MOST_STARTUP_PS) {
    const written = formatQuantity(startup.value, 'time')
    conflict(['startup'], `a launch that starts in ${written}`, 'the most is 10 ms; a usual one is 4 us')
  }
  if (fill.value > MOST_FILL_BYTES)
    conflict(['fill'], 'more than 64 KiB of a row on their way', 'a usual one is 256 B')
  formats.forEach(({ weights, inputs, rows }, i) => {
    if (formats.findIndex((other) => other.weights === weights) < i)
      conflict(['formats', i, 'weights'], 'two formats for weights of one size', 'leave one of them out')
    if (rows.value[0] > rows.value[1])
      conflict(['formats', i, 'rows'], 'the fewest rows are more than the most', 'such as [16, 128]')
    if (inputs !== undefined && inputs > MOST_INPUT_BYTES)
      conflict(['formats', i, 'inputs'], 'an activation of more than 8 B', 'such as 1 B')
  })
  for (const [name, [least, most]] of Object.entries(range ?? {})) {
    if (least > most)
      conflict(['fitted_range', name], 'a range that ends before it starts', 'least, then most')
  }
}
