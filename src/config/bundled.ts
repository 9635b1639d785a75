// What ships with moesim: lists of bundled configs and traces, their texts, and the file that `init` writes.
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { IoError } from '../io.ts'
import { type BundledKind, bundledNames, bundledTraces, openConfig, readConfig } from './library.ts'

export interface BundledEntry {
  readonly name: string
  readonly summary: string
}

/** Bundled configs or traces of a kind by name. Throws IoError or UserError where the installation is broken. */
export async function listBundled(io: Io, kind: BundledKind | 'traces'): Promise<BundledEntry[]> {
  if (kind === 'traces') return Promise.all((await bundledTraces(io)).map((name) => traceEntry(io, name)))
  const names = await bundledNames(io, kind)
  return Promise.all(
    names.map(async (name) => ({ name, summary: firstComment(await configText(io, kind, name)) })),
  )
}

/** Text of a bundled config, comments and all. Throws UserError for an unknown name. */
export async function configText(io: Io, kind: BundledKind, name: string): Promise<string> {
  // Opening it first gives an unknown name its proper error.
  await openConfig(io, kind, name)
  return readConfig(io, io.bundled('configs', kind, `${name}.yaml`))
}

/** The first comment line that is not meant for editors. */
function firstComment(text: string): string {
  const line = text.split(/\r?\n/).find((l) => l.startsWith('# ') && !l.startsWith('# yaml-language-server'))
  return line?.slice(2).trim() ?? ''
}

async function traceEntry(io: Io, name: string): Promise<BundledEntry> {
  const path = io.bundled('traces', `${name}.csv.gz`)
  try {
    const found = await io.stat(path)
    return { name, summary: `routing trace, ${Math.ceil((found?.sizeBytes ?? 0) / 1000)} kB` }
  } catch (error) {
    if (error instanceof IoError) {
      throw new UserError([
        { code: 'file', severity: 'error', file: path, args: { action: 'read', reason: error.reason } },
      ])
    }
    throw error
  }
}

/** A commented experiment to start from: valid as it stands. */
export function starterExperiment(): string {
  return `# An experiment for moesim: run it with \`moesim run experiment.yaml\`.
# Every quantity carries its unit; \`moesim list hardware\` and \`moesim list models\` show the names to use.

hardware: fse-dp-2x2            # a bundled name, a path such as ./my-package.yaml, or a mapping
model: qwen3-30b-a3b            # likewise; a Hugging Face config.json works too

# Routing: synthetic, or \`trace: path/to/trace.csv.gz\` instead. Absent knobs come from the model.
generator:
  topics: 4                     # groups of requests that prefer different experts
  prefill_tokens: 60
  decode_tokens: 127

# Tokens of an iteration (chunked prefill mixed with decode). For lock-step batches write
# {requests: 256, decode_steps: 8}.
workload:
  tokens: 256
  iterations: 1

layers: sample:4                # all, sample:COUNT, or a list such as [0, 5, 9]

schedulers:                     # the first is the baseline; \`moesim list schedulers\` shows them and their options
  - ep
  - ep:prefetch=1
  - fse-dp
  - name: fse-dp
    paired: true

seed: 1                         # the same seed gives the same result, byte for byte
seeds: 1                        # more: mean and 95 % interval over seed, seed + 1, ...
compat: physical                # paper: the forecasting paper's idealizations

output:
  format: table                 # table, json, csv, markdown
`
}
