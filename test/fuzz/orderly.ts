// What holds of every invocation, whatever it is given: it ends in order, and says what is wrong in words for people.
import type { CliIo } from '../../src/cli/ports.ts'
import { type CliRun, runCli } from '../helpers/run-cli.ts'

/** Fine, a difference, bad input. */
const ORDERLY = [0, 1, 2]
/** A line of a stack, and what careless templates print. */
const SLIPS = /^\s+at .*:\d+:\d+\)?$|\[object Object\]|\bundefined\b/m
const MOST_OUTPUT = 20_000_000

/** Runs it and throws where it does not end in order. `typed`: what the user wrote, which may be quoted. */
export async function orderly(argv: readonly string[], io: CliIo, typed = ''): Promise<CliRun> {
  const run = await runCli(argv, { io })
  const complain = (what: string) => {
    throw new Error(`${what}\nmoesim ${argv.map((word) => JSON.stringify(word)).join(' ')}\n${run.stderr}`)
  }
  if (!ORDERLY.includes(run.exitCode)) complain(`exit code ${run.exitCode}`)
  const slip = SLIPS.exec(run.stderr)?.[0]
  if (slip !== undefined && !`${argv.join(' ')}${typed}`.includes(slip.trim())) complain(`it says ${slip}`)
  if (run.exitCode === 2 && run.stderr.trim() === '' && run.stdout.trim() === '')
    complain('refused without a word')
  if (run.stdout.length > MOST_OUTPUT) complain(`${run.stdout.length} characters of output`)
  return run
}
