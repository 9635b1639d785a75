// The options of `moesim sweep` that print how a cluster runs it, and what they print.
import { type Command, Option } from 'commander'
import { fail } from '../../errors.ts'
import type { ClusterJob, SlurmSettings } from '../../sweep/cluster.ts'
import type { SweepPlan } from '../../sweep/points.ts'
import { counted, type Session } from '../session.ts'
import type { SweepOutput } from './output.ts'

const DEFAULT_SHARDS = '16'

export interface ClusterOptions {
  readonly slurm?: boolean
  readonly parallel?: boolean
  readonly shards?: string
  readonly time?: string
  readonly mem?: string
  readonly partition?: string
  readonly setup?: string
  readonly throttle?: string
  readonly log?: string
  readonly maxArray?: string
}

/** What only --slurm has a use for. */
const OF_SLURM = ['time', 'mem', 'partition', 'setup', 'throttle', 'log', 'maxArray'] as const

export function addClusterOptions(command: Command): Command {
  return command
    .option('--slurm', 'print a job-array script instead, with --shards tasks')
    .option('--parallel', 'print a line for GNU parallel instead, with --shards jobs')
    .option('--shards <n>', `shards that --slurm and --parallel make (default: ${DEFAULT_SHARDS})`)
    .option('--time <limit>', 'of a Slurm task (default: 24:00:00)')
    .option('--mem <size>', 'of a Slurm task (default: 2G)')
    .option('--partition <name>', 'of the Slurm array')
    .option('--setup <shell>', 'run before each task, such as "module load nodejs"')
    .option('--throttle <n>', 'Slurm tasks at work at once, at most')
    .option('--log <dir>', "folder of the Slurm tasks' output")
    .addOption(
      new Option(
        '--max-array <n>',
        'tasks that a Slurm array may have; more shards make several (default: 1000)',
      ),
    )
}

/** Throws UserError where options have no effect. */
export function assertClusterOptions(options: ClusterOptions): void {
  if (options.slurm) return
  const idle = OF_SLURM.filter((name) => options[name] !== undefined).map(flagOf)
  if (idle.length > 0)
    fail('usage', { what: `${idle.join(', ')} without --slurm`, hint: 'they are for a Slurm script' })
  if (options.shards !== undefined && !options.parallel)
    fail('usage', { what: '--shards without --slurm or --parallel', hint: 'one shard is run by --shard i/n' })
}

const flagOf = (name: (typeof OF_SLURM)[number]) => (name === 'maxArray' ? '--max-array' : `--${name}`)

export interface ClusterRequest {
  /** Path of the frozen copy that the shards run on. */
  readonly frozen: string
  readonly plan: SweepPlan
  readonly folder: string
  readonly workers: string | undefined
  readonly output: SweepOutput
}

/** What --slurm or --parallel prints. Throws UserError where an option is wrong. */
export async function clusterText(
  session: Session,
  { frozen, plan, folder, workers, output }: ClusterRequest,
  options: ClusterOptions,
): Promise<string> {
  const { parallelLine, slurmScript } = await import('../../sweep/cluster.ts')
  const { MAX_SHARDS } = await import('../../sweep/shard.ts')
  const wanted = wholeNumber('--shards', options.shards ?? DEFAULT_SHARDS, MAX_SHARDS)
  const shards = Math.min(wanted, plan.points.length)
  if (shards < wanted) {
    session.remark(
      `note: ${counted(plan.points.length, 'point')} only: ${shards} shards instead of ${wanted}`,
    )
  }
  const job: ClusterJob = {
    name: plan.name,
    moesim: ['node', session.io.bundled('bin', 'moesim.js')],
    arguments: [frozen, '--output-dir', folder, '--workers', workers ?? '1'],
    folder,
    cpus: Math.max(1, Number(workers ?? 1)),
    mergeArguments: mergeArguments(output),
    shards,
  }
  return options.slurm ? slurmScript(job, slurmSettings(options)) : parallelLine(job)
}

function slurmSettings(options: ClusterOptions): SlurmSettings {
  const { time = '24:00:00', mem = '2G', partition, setup, log, throttle, maxArray = '1000' } = options
  for (const [flag, text] of Object.entries({ time, mem, partition, log, setup })) {
    // Each stands in a line of its own of a script that is run.
    if (text === undefined || !/[\n\r]/.test(text)) continue
    fail('usage', { what: `--${flag} must be a single line`, hint: 'write "a && b" for two commands' })
  }
  return {
    ...{ time, mem, partition, setup, log },
    throttle: throttle === undefined ? undefined : wholeNumber('--throttle', throttle, 1e6),
    maxArray: wholeNumber('--max-array', maxArray, 4e6),
  }
}

function wholeNumber(flag: string, text: string, most: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= most) return value
  return fail('usage', { what: `${flag} must be a whole number from 1 to ${most}, got "${text}"` })
}

/** Nobody looks at what a job prints: without a file of the user's, results.csv. */
function mergeArguments({ format, output, pareto, report, charts, top, by }: SweepOutput): string[] {
  const named = { format, output: output ?? 'results.csv', pareto, top, by, report, charts }
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
}
