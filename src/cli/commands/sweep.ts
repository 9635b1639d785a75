// `moesim sweep`: many points around an experiment, parallel, resumable and in shards; `merge` puts shards together.
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { fail } from '../../errors.ts'
import type { SweepFormat } from '../../report/sweep/sweep.ts'
import type { SweepPlan } from '../../sweep/points.ts'
import type { Shard } from '../../sweep/shard.ts'
import { commandLine } from '../command-line.ts'
import { EXIT_CODE_HELP } from '../failure.ts'
import { CHARTS_FLAG, CHARTS_HELP, REPORT_FLAG, REPORT_HELP, WHERE_TO } from '../page-output.ts'
import type { Session } from '../session.ts'
import {
  addClusterOptions,
  assertClusterOptions,
  type ClusterOptions,
  clusterText,
} from '../sweep/cluster.ts'
import { estimateText } from '../sweep/estimate.ts'
import { noteOfPlan } from '../sweep/note-of-plan.ts'
import { assertSweepOutput, type SweepOutput, writeSweep } from '../sweep/output.ts'
import { assertPageFits } from '../sweep/page-output.ts'
import { planned } from '../sweep/planned.ts'
import { runInto } from '../sweep/run-into.ts'
import { WORKERS_FLAG, WORKERS_HELP, withThreads } from '../workers.ts'
import { addSweepStatus } from './sweep-status.ts'

const FORMATS: readonly SweepFormat[] = ['table', 'jsonl', 'csv', 'parquet']

interface SweepOptions extends SweepOutput, ClusterOptions {
  readonly axis?: readonly string[]
  readonly set?: readonly string[]
  readonly constraint?: readonly string[]
  readonly outputDir?: string
  readonly dryRun?: boolean
  readonly freeze?: boolean
  readonly shard?: string
  readonly takeOver?: boolean
  readonly quiet?: boolean
  readonly workers?: string
}

const append = (value: string, earlier: readonly string[] = []) => [...earlier, value]

export function addSweep(program: Command, session: Session): Command {
  const sweep = program
    .command('sweep')
    .description('simulate every combination of the axes of an experiment; goes on where it was stopped')
    .argument(
      '<experiment>',
      'experiment file (.yaml) with a sweep: key, or any with --axis; or the frozen copy of a sweep',
    )
    .option('--axis <path=v1,v2>', 'an axis: a list, or {from: a, to: b, factor: 2}; repeatable', append)
    .option('--set <path=value>', 'override any config value at every point; repeatable', append)
    .option(
      '--constraint <limit>',
      'leave out points or results, as by "latency <= 6 ms"; repeatable',
      append,
    )
    .option('--output-dir <dir>', 'where results are kept (default: <name>-sweep in this folder)')
    .option('--dry-run', 'print the number of points and an estimate, and simulate nothing else')
    .option('--freeze', 'plan only, and print the path of a frozen copy (frozen.json) for shards to run on')
    .option('--shard <i/n>', 'only every n-th point, from the i-th; then "moesim sweep merge"')
    .option('--take-over', 'go on beside a process on another host that is gone but seems at work')
  addClusterOptions(sweep)
  output(sweep)
    .option('--quiet', 'no progress, notes and warnings')
    .option(WORKERS_FLAG, WORKERS_HELP)
    .action((file: string, options: SweepOptions, command: Command) =>
      runSweep(session, file, options, commandLine(command, WHERE_TO)),
    )
    .addHelpText('after', EXAMPLES)
  output(sweep.command('merge'))
    .description('put the results of all shards together, in the order of the sweep')
    .argument('<dir>', 'the --output-dir of the sweep')
    // Options that sweep has too are parsed as its own.
    .action((folder: string, _options: SweepOutput, command: Command) =>
      merge(session, folder, command.optsWithGlobals<SweepOptions>(), commandLine(command, WHERE_TO)),
    )
    .addHelpText('after', `${MERGE_EXAMPLES}\n${EXIT_CODE_HELP}`)
  addSweepStatus(sweep, session)
  return sweep
}

function output(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--format <format>',
        'table, or jsonl, csv, parquet (default: by the name of --output)',
      ).choices(FORMATS),
    )
    .option('--output <file>', 'write the merged results to a file')
    .option('--pareto <metrics>', 'mark the Pareto front of these metrics, such as latency,energy')
    .option('--top <n>', 'only the n best results, the best first, with --by')
    .option('--by <metric>', 'what --top goes by, such as latency')
    .option(REPORT_FLAG, REPORT_HELP)
    .option(CHARTS_FLAG, CHARTS_HELP)
}

const EXAMPLES = `
Results are kept point by point in the output folder: killed at any moment, the same command goes on from there. The
merged output has the same bytes for any number of workers and shards. A point that cannot run, such as for want of
SRAM, is a result too: its row says why.

Examples:
  moesim sweep demo --axis workload.tokens=16,64 --axis 'hardware.link.bandwidth=96 GB/s,288 GB/s'
  moesim sweep dse.yaml --dry-run
  moesim sweep dse.yaml --pareto latency,energy --output dse.parquet
  moesim sweep dse.yaml --report dse.html
  moesim sweep dse.yaml --constraint 'peakSramPerDie <= 8 MB' --top 10 --by latency
  moesim sweep dse.yaml --axis 'hardware.sram={from: 8 MiB, to: 64 MiB, factor: 2}' --axis schedulers=ep,fse-dp
  moesim sweep dse.yaml --shard 2/8 && moesim sweep merge dse-sweep
  moesim sweep dse.yaml --slurm --shards 32 --time 2:00:00 --output dse.csv > sweep.slurm
  moesim sweep status dse-sweep`

const MERGE_EXAMPLES = `
Examples:
  moesim sweep merge dse-sweep
  moesim sweep merge dse-sweep --pareto latency,peakSramPerDie --output dse.csv`

async function runSweep(session: Session, file: string, options: SweepOptions, typed: string): Promise<void> {
  const { axis = [], set = [], constraint: constraints = [], quiet = false } = options
  const io = withThreads(session.io, options.workers)
  const { readShard } = await import('../../sweep/shard.ts')
  const shard = options.shard === undefined ? undefined : readShard(options.shard)
  assertTogether(options, shard)
  assertClusterOptions(options)
  const request = { file, sets: set, axes: axis, constraints }
  const isFrozenOnly = options.slurm || options.parallel || options.freeze
  const write = await assertSweepOutput(session, options)
  const { plan, folder } = await planned(session, request, options.outputDir, isFrozenOnly ? 'none' : shard)
  if (!quiet) noteOfPlan(session, plan)
  if (isFrozenOnly) return await freeze(session, plan, folder, options)
  if (options.dryRun) return session.result(await estimateText(session, io, plan, folder))
  await assertPageFits(plan.points.length, write.page)
  await runInto(session, { io, plan, shard, folder, quiet, takesOver: options.takeOver === true })
  session.throwIfInterrupted()
  if (shard !== undefined) {
    if (!quiet)
      session.note(`shard ${shard.number}/${shard.of} is done; "moesim sweep merge ${folder}" merges`)
  } else await writeSweep(session, folder, write, typed)
}

/** Leaves a frozen copy for shards to run on, and prints how a cluster runs them, or where the copy is. */
async function freeze(
  session: Session,
  plan: SweepPlan,
  folder: string,
  options: SweepOptions,
): Promise<void> {
  const { freezeSweep } = await import('../../sweep/store.ts')
  const { FROZEN_FILE } = await import('../../sweep/frozen.ts')
  const frozen = join(folder, FROZEN_FILE)
  const request = { frozen, plan, folder, workers: options.workers, output: options }
  const text = options.freeze ? `${frozen}\n` : await clusterText(session, request, options)
  await freezeSweep(session.io, folder, plan, session.ports.version)
  session.result(text)
}

function assertTogether(options: SweepOptions, shard: Shard | undefined): void {
  const alone = [
    options.dryRun && '--dry-run',
    options.slurm && '--slurm',
    options.parallel && '--parallel',
    options.freeze && '--freeze',
  ].filter((name) => typeof name === 'string')
  if (alone.length > 1) fail('usage', { what: `${alone.join(' and ')} exclude each other`, hint: 'give one' })
  const { output, format, pareto, top, by, report, charts } = options
  const merged = [
    ...[output && '--output', format && '--format', pareto && '--pareto'],
    ...[top && '--top', by && '--by', report && '--report', charts && '--charts'],
  ]
    .filter((name) => typeof name === 'string')
    .join(', ')
  if (shard !== undefined && merged !== '') {
    const hint = 'give it to "moesim sweep merge" when all shards are done'
    fail('usage', { what: `${merged} with --shard: one shard is not the whole result`, hint })
  }
}

async function merge(session: Session, folder: string, options: SweepOptions, typed: string): Promise<void> {
  const { axis, set, constraint, outputDir, dryRun, freeze, shard, slurm, parallel } = options
  const foreign = [axis, set, constraint, outputDir, dryRun, freeze, shard, slurm, parallel]
  if (foreign.some((value) => value !== undefined)) {
    const hint = 'merge takes --format, --output, --pareto, --top, --by, --report and --charts'
    fail('usage', { what: 'options of a sweep with "sweep merge"', hint })
  }
  const write = await assertSweepOutput(session, options)
  await writeSweep(session, folder, write, typed)
}
