// `moesim place`: a placement of experts from counts or a trace, in the form that an engine loads.
import { type Command, Option } from 'commander'
import { ENGINES } from '../../config/placement/engines.ts'
import type { ModelShape } from '../../model/shape.ts'
import { ALGORITHM_SUMMARIES } from '../../place/algorithm-ids.ts'
import type { PlaceReport } from '../../place/report.ts'
import { READABLE_FORMAT_IDS } from '../../trace/formats/format-ids.ts'
import { assertWritable, writeFile } from '../output.ts'
import {
  DEFAULT_HORIZON,
  DEFAULT_LAYERS,
  DEFAULT_SECONDS,
  DEFAULT_TOKENS,
  DEFAULT_WINDOWS,
  type PlaceOptions,
} from '../place/options.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'

export function addPlace(program: Command, session: Session): Command {
  return program
    .command('place')
    .description('a placement of experts from a trace or counts, in the form an engine loads')
    .argument('<trace|counts>', 'a trace, or how often experts were chosen')
    .option('--hardware <name>', 'bundled hardware, or a file; needs the model')
    .option('--devices <n>', 'or: so many devices, of which nothing else is known')
    .option('--model <name>', 'the model, where the trace does not say; counts alone need none')
    .addOption(
      new Option('--from <format>', 'read it as this format (default: what its content shows)').choices(
        READABLE_FORMAT_IDS,
      ),
    )
    .option('--slots <n>', 'experts that each device holds, copies included (default: one copy on each)')
    .option('--algorithm <name>', 'one of those below', 'joint')
    .option('--nodes <n>', 'with eplb: groups of experts stay within one of so many nodes')
    .option('--groups <n>', "with --nodes: groups of experts (default: the model's router groups)")
    .option('--time <time>', `with optimal: at most so long in all (default: ${DEFAULT_SECONDS} s)`)
    .option('--fit <part>', 'what it is made from (default: 0..0.5 of tokens or steps, else all)')
    .option('--judge <part>', 'what it is judged on (default: 0.5..1 of tokens or steps)')
    .option('--windows <n>', `equal parts that are judged one by one (default: ${DEFAULT_WINDOWS})`)
    .option('--current <file>', 'where experts lie now (default: blocks in id order, no copies)')
    .option('--tokens <n>', `tokens of a step that is timed (default: ${DEFAULT_TOKENS})`)
    .option('--layers <n>', `layers whose steps are timed (default: ${DEFAULT_LAYERS}, spread over all)`)
    .option('--scheduler <ep>', 'ep and the options that steps run under (default: ep)')
    .option('--horizon <steps>', `steps in which moving must be paid back (default: ${DEFAULT_HORIZON})`)
    .addOption(new Option('--engine <engine>', 'write the placement in this form').choices(ENGINES))
    .option('--output <file>', 'where to: the placement with --engine, else the result')
    .addOption(
      new Option('--format <format>', 'how to print the result')
        .choices(['table', 'json', 'csv', 'markdown'])
        .default('table'),
    )
    .option('--quiet', 'no progress, notes and warnings')
    .action((path: string, options: PlaceOptions) => place(session, path, options))
    .addHelpText('after', HELP)
}

const HELP = `
Algorithms:
${Object.entries(ALGORITHM_SUMMARIES)
  .map(([id, summary]) => `  ${id.padEnd(8)}  ${summary}`)
  .join('\n')}

All slots are filled, and no device has an expert twice; copies share tokens evenly. Loads are selections: max is that of the
fullest device. With --hardware, steps of MoE layers are simulated under both placements on each window that is judged, moving
weights is simulated too, and the verdict is recommend, not now or insufficient evidence. Without --output, --engine prints the placement in the place of the result.

Examples:
  moesim place counts.json --devices 32 --slots 9
  moesim place counts.json --model deepseek-v3 --devices 32 --slots 9 --engine sglang --output map.json
  moesim place traces/chat --model gpt-oss-20b --devices 8 --slots 5 --fit 0..0.5 --judge 0.5..1
  moesim place counts.json --devices 8 --slots 2 --algorithm optimal --time "10 s" --format json
`

async function place(session: Session, path: string, options: PlaceOptions): Promise<void> {
  const { output, quiet = false, format, engine } = options
  const { placeChoice } = await import('../place/choice.ts')
  const choice = placeChoice(options)
  const { horizonSteps } = choice
  if (output !== undefined) await assertWritable(session, output)
  const { modelOf, openSource, packageFor, spansOf, studyOf } = await import('../place/steps.ts')
  const { machineStudyOf, verdictFor } = await import('../place/judge.ts')
  const { placeLayers, mapOf } = await import('../../place/study.ts')
  const model: ModelShape | undefined = await modelOf(session, options)
  const progress = await Progress.create(session, quiet)
  let report: PlaceReport
  let map: string | undefined
  try {
    const source = await openSource(session, { path, options, model, progress })
    const machine = await packageFor(session, { options, choice, model, source })
    const spans = spansOf(source, choice)
    const study = await studyOf(session, { options, choice, model, source, machine, spans })
    const layers = await placeLayers(source, study, (done, total) =>
      progress.layersDone(done, total, 'placing'),
    )
    const machineStudy = await machineStudyOf(session, { source, choice, machine, study, layers, progress })
    report = {
      machine: machineStudy,
      verdict: verdictFor({ source, layers, machine: machineStudy, fit: spans.fit, horizonSteps }),
      ...{ source, algorithm: choice.algorithm, hardware: machine.pkg?.hardware.name },
      ...{ devices: machine.devices, slots: study.slots, ...spans, layers },
      current: options.current ?? 'blocks in id order, no copies',
    }
    if (engine !== undefined) {
      const { writeExpertMap } = await import('../../config/placement/forms.ts')
      const order = machine.pkg?.topology.order
      map = writeExpertMap(engine, mapOf(source, machine.devices, layers), {
        layers: source.allLayers,
        order,
      })
    }
  } finally {
    progress.stop()
  }
  session.throwIfInterrupted()
  if (map !== undefined && output === undefined) return session.result(map)
  if (map !== undefined && output !== undefined) await writeFile(session, output, map, quiet)
  const { placeFormats } = await import('../../report/place/place.ts')
  const isToFile = output !== undefined && map === undefined
  const text = placeFormats[format](report, session.chalk(isToFile ? 'file' : 'stdout'), session.tableWidth)
  if (isToFile) await writeFile(session, output, text, quiet)
  else session.result(text)
}
