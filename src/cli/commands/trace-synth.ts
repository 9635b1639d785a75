// `moesim trace synth`: writes a synthetic trace, by knobs, by the name of a model, or like a given trace.
import { type Command, Option } from 'commander'
import { UserError } from '../../errors.ts'
import { TRACE_FORMAT_IDS } from '../../trace/formats/format-ids.ts'
import { EXIT_CODE_HELP } from '../failure.ts'
import { assertWritable, writeFile } from '../output.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { formOf, nativeContent } from '../trace/files.ts'
import { arrivalsOf, withLengths } from '../trace/synth-arrivals.ts'
import { PRESET_NAMES, synthKnobs } from '../trace/synth-knobs.ts'
import type { SynthOptions } from '../trace/synth-options.ts'

export function addTraceSynth(command: Command, session: Session): void {
  command
    .description('write a synthetic trace: by knobs, as published of a model, or like a recorded trace')
    .argument('<file>', 'where to write it: .csv, .csv.gz or .parquet')
    .addOption(
      new Option('--to <form>', 'the form, where the name does not say it').choices(['csv', 'parquet']),
    )
    .addOption(new Option('--preset <name>', 'knobs calibrated to a model').choices(PRESET_NAMES))
    .option(
      '--like <trace>',
      'fit the knobs to this trace, or to its statistics as trace analyze writes them (.json)',
    )
    .addOption(new Option('--from <format>', 'read that trace as this format').choices(TRACE_FORMAT_IDS))
    .option('--knobs <file>', 'the knobs of an earlier --save-knobs')
    .option(
      '--model <name>',
      'whose experts, top-k, layers and limit to groups; of --like: what it was recorded with',
    )
    .option('--layers <layers>', 'all, a list such as 0,5,9, or sample:4')
    .option('--requests <n>', 'how many requests')
    .option('--prompt-tokens <n>', 'prompt length of a request, or the mean')
    .option('--answer-tokens <n>', 'answer length of a request, or the mean')
    .option('--length-spread <x>', 'standard deviation of the logarithm of lengths')
    .option('--skew <x>', 'standard deviation of the logarithm of popularity')
    .option('--topics <n>', 'groups of requests with their own popularity')
    .option('--reuse <x>', 'chance that a slot keeps an expert of the token before')
    .option('--classes <n>', 'hidden kinds of token, which layers have in common')
    .option('--affinity <x>', 'how much a kind changes popularity: next-layer predictability')
    .option('--focus <x>', "share of a request's tokens that are of its own kind")
    .option('--persistence <x>', 'chance that a token is of the kind of the token before')
    .option('--coactivation <x>', 'chance that an expert brings its partner along')
    .option('--drift <x>', "how much of decode's popularity is not prefill's")
    .option(
      '--arrivals <what>',
      'poisson:REQUESTS_PER_SECOND, or a Mooncake or Azure file, whose lengths are taken too',
    )
    .option('--seed <n>', 'of all that is random')
    .option('--save-knobs <file>', 'write the knobs that were used, to generate from again')
    .option('--quiet', 'no progress and notes')
    .action((file: string, options: SynthOptions) => synth(session, file, options))
    .addHelpText('after', `${HELP}\n${EXIT_CODE_HELP}`)
}

const HELP = `
A knob of popularity, reuse, affinity, coactivation or drift may change with depth: LAYER:VALUE pairs, straight lines between.
The same options and seed give the same bytes. Arrival times are written beside the trace, to NAME.arrivals.csv.

Examples:
  moesim trace synth v3.parquet --preset deepseek-v3 --requests 500
  moesim trace synth like.csv.gz --like chat.parquet --requests 2000 --seed 3 --save-knobs chat.knobs.json
  moesim trace synth big.parquet --knobs chat.knobs.json --requests 20000
  moesim trace synth a.csv --model qwen3-30b-a3b --skew 1.4 --reuse 0:0,47:0.3 --classes 48 --affinity 0.9
  moesim trace synth b.csv.gz --preset kimi-k2 --requests 100 --arrivals poisson:2.5`

async function synth(session: Session, file: string, options: SynthOptions): Promise<void> {
  const { quiet = false, saveKnobs } = options
  const form = formOf(file, options.to)
  const arrivalsFile = `${file.replace(/\.(csv|csv\.gz|parquet)$/i, '')}.arrivals.csv`
  const outputs = [file, ...(saveKnobs ? [saveKnobs] : []), ...(options.arrivals ? [arrivalsFile] : [])]
  for (const output of outputs) await assertWritable(session, output)
  const seed = await seedOf(options)
  const progress = await Progress.create(session, quiet)
  try {
    const chosen = await synthKnobs(session, options, progress)
    const arrivals = await arrivalsOf(session, options.arrivals)
    const { model, shape } = chosen
    const spec = withLengths(chosen.spec, arrivals, options)
    const { syntheticFacts, syntheticRequests } = await import('../../trace/synth/streamed.ts')
    const { manifestOf } = await import('../../trace/manifest.ts')
    const layersDone = (label: string) => (done: number, total: number) =>
      progress.layersDone(done, total, label)
    const facts = await syntheticFacts(session.io, spec, shape, seed, layersDone('generating'))
    const manifest = manifestOf(facts, model, false, { format: 'generator', name: facts.label })
    async function* rows() {
      yield* syntheticRequests(spec, shape, seed)
    }
    const content = await nativeContent(form, { ...facts, rows: rows() }, manifest, layersDone('writing'))
    await writeFile(session, file, content, quiet)
    if (saveKnobs !== undefined) {
      const { formatKnobs } = await import('../../trace/synth/knobs-file.ts')
      await writeFile(session, saveKnobs, formatKnobs({ model, shape, spec }), quiet)
    }
    if (arrivals !== undefined) {
      const { arrivalsCsv } = await import('../../trace/synth/arrivals.ts')
      await writeFile(session, arrivalsFile, arrivalsCsv(arrivals.seconds(spec.requests, seed)), quiet)
    }
  } finally {
    progress.stop()
  }
}

/** Read as other commands read it. Throws UserError. */
async function seedOf({ seed }: SynthOptions): Promise<number> {
  const { flagOverrides } = await import('../../config/flags.ts')
  const { overrides, findings } = flagOverrides({ seed }, {})
  if (findings.length > 0) throw new UserError(findings)
  return (overrides[0]?.value as number | undefined) ?? 1
}
