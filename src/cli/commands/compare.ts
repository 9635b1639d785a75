// `moesim compare`: saved results side by side, each against the first, and what changed in the config between them.
import { type Command, Option } from 'commander'
import type { OutputFormat } from '../../config/experiment/experiment.ts'
import { fail, nearest } from '../../errors.ts'
import { assertWritable, writeFile } from '../output.ts'
import type { Session } from '../session.ts'

const FORMATS: readonly OutputFormat[] = ['table', 'json', 'csv', 'markdown']
/** Results are named by letters. */
const MOST_RESULTS = 26

interface CompareOptions {
  readonly metric?: readonly string[]
  readonly format: OutputFormat
  readonly output?: string
  readonly quiet?: boolean
}

export function addCompare(program: Command, session: Session): Command {
  return program
    .command('compare')
    .description('saved results side by side: speedups over the first one, and what changed in the config')
    .argument('<results...>', 'two or more results (.json) of moesim run --format json')
    .option(
      '--metric <name>',
      'a metric to compare (default: latency, speedup, peakSramPackage, memoryRead, d2dByteHops); repeatable',
      (value: string, earlier: readonly string[] = []) => [...earlier, value],
    )
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('table'))
    .option('--output <file>', 'write the comparison to a file')
    .option('--quiet', 'no notes')
    .action((files: readonly string[], options: CompareOptions) => compare(session, files, options))
    .addHelpText('after', EXAMPLES)
}

const EXAMPLES = `
Speedups between results are means over the seeds that both have, each seed paired with itself, with the 95 % interval of
that mean; results without common seeds are compared by their means, and their own intervals are shown. CSV has the
metrics alone, the other formats what changed in the config too.

Examples:
  moesim run --seeds 5 --format json --output a.json
  moesim run --seeds 5 --set hardware.link.bandwidth="96 GB/s" --format json --output b.json
  moesim compare a.json b.json
  moesim compare a.json b.json --metric energy --metric hops --format markdown`

async function compare(session: Session, paths: readonly string[], options: CompareOptions): Promise<void> {
  const { metric, format, output, quiet = false } = options
  if (paths.length < 2 || paths.length > MOST_RESULTS) {
    const what = `compare takes 2 to ${MOST_RESULTS} results, got ${paths.length}`
    fail('usage', { what, hint: 'moesim compare a.json b.json' })
  }
  if (output !== undefined) await assertWritable(session, output)
  const { readResult } = await import('../../config/results/result-load.ts')
  const { COMPARED_METRICS, compareResults, metricNames } = await import('../../check/compare.ts')
  const files = []
  for (const file of paths) files.push({ file, result: await readResult(session.io, file) })
  const allowed = metricNames(files)
  for (const name of metric ?? []) {
    if (allowed.includes(name)) continue
    const suggestion = nearest(name, allowed)
    fail(
      'unknown-name',
      { kind: 'metric', name, allowed, ...(suggestion && { suggestion }) },
      { file: '--metric' },
    )
  }
  const comparison = compareResults(files, metric ?? COMPARED_METRICS)
  const { compareFormats } = await import('../../report/compare.ts')
  const text = compareFormats[format](
    comparison,
    session.chalk(output === undefined ? 'stdout' : 'file'),
    session.tableWidth,
  )
  if (output === undefined) session.result(text)
  else await writeFile(session, output, text, quiet)
}
