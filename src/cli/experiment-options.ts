// The options that change an experiment, alike for every command that reads one.
import type { Command } from 'commander'
import type { ExperimentRequest } from '../config/load.ts'

/** As commander has them. */
export interface ExperimentOptions {
  readonly hardware?: string
  readonly model?: string
  readonly trace?: string
  readonly from?: string
  readonly scheduler?: readonly string[]
  readonly baseline?: string
  readonly tokens?: string
  readonly requests?: string
  readonly iterations?: string
  readonly decodeSteps?: string
  readonly resample?: boolean
  readonly layers?: string
  readonly optimum?: boolean
  readonly seed?: string
  readonly seeds?: string
  readonly jitter?: string
  readonly set?: readonly string[]
}

const append = (value: string, earlier: readonly string[] = []) => [...earlier, value]

export function addExperimentOptions(command: Command): Command {
  return command
    .option('--hardware <name>', 'bundled hardware, or a file')
    .option('--model <name>', 'bundled model, or a file (a Hugging Face config.json too)')
    .option('--trace <path>', 'routing trace: a file or a directory')
    .option('--from <format>', 'what to read the trace as (default: what its content shows)')
    .option(
      '--scheduler <scheduler>',
      'name or name:option=value,..., or a file of your own, ./mine.js, whose code runs; repeatable',
      append,
    )
    .option('--baseline <scheduler>', 'what speedups refer to (default: the first scheduler)')
    .option('--tokens <n>', 'tokens of each iteration, requests one after the other')
    .option('--requests <n>', 'or: this many requests in lock step, prefill then decode')
    .option('--iterations <n>', 'iterations, with --tokens')
    .option('--decode-steps <n>', 'decode steps, with --requests (default: all)')
    .option(
      '--resample',
      'draw requests of the trace again, by the seed, where --requests asks for more than it has',
    )
    .option('--layers <layers>', 'all, a list such as 0,5,9, or sample:4')
    .option(
      '--optimum',
      'also find what the best schedule could do: a linear program for each layer and iteration',
    )
    .option('--seed <n>', 'first seed of the generator and of sampled layers')
    .option('--seeds <n>', 'repeat over this many seeds: mean and 95 % interval')
    .option(
      '--jitter <n>',
      'repeat so often with one message of each layer and iteration a cycle late: mean and spread',
    )
    .option('--set <path=value>', 'override any config value, units allowed; repeatable', append)
}

/** What they ask of an experiment, with where its result goes; scheduler files are loaded. Throws UserError. */
export async function requestOf(
  options: ExperimentOptions & { readonly format?: string | undefined; readonly output?: string | undefined },
): Promise<Omit<ExperimentRequest, 'file'>> {
  const { scheduler, set = [], ...flags } = options
  const schedulers: string[] = []
  for (const text of scheduler ?? []) {
    if (!/\.m?js(:|$)/.test(text)) schedulers.push(text)
    else schedulers.push(await (await import('./node/own-scheduler.ts')).loadScheduler(text))
  }
  return { flags: { ...flags, ...(scheduler && { schedulers }) }, sets: set }
}
