// Cases of files that moesim itself writes and reads again: results, check files, folders of sweeps; all of them edited.
import fc from 'fast-check'
import { runCli } from '../helpers/run-cli.ts'
import { bundledWith } from './bundled-with.ts'
import { editText, editTree, textEdits, treeEdits } from './edits.ts'
import { orderly } from './orderly.ts'

const EXPERIMENT = `hardware: fse-dp-2x2
model: {layers: 2, hidden: 64, expert_intermediate: 32, experts: 4, top_k: 2, weight_bytes: 1, activation_bytes: 1}
generator: {prefill_tokens: 4, decode_tokens: 2}
workload: {tokens: 6}
schedulers: [ep, fse-dp]
seeds: 2
sweep: {axes: {workload.tokens: [4, 6], hardware.link.bandwidth: [96 GB/s, 288 GB/s]}, constraints: [power <= 60 W]}
`
const CHECK = {
  ...{
    schemaVersion: 1,
    tolerance: 0.01,
    tolerances: { speedup: 0.005 },
    metrics: ['speedup', 'latency', 'energy'],
  },
  cases: [{ name: 'tiny', run: { experiment: 'e.yaml', layers: '0', schedulers: ['ep', 'fse-dp'] } }],
}

/** Everything that the program writes of the experiment. */
async function written(): Promise<Readonly<Record<string, string>>> {
  const io = bundledWith({ 'e.yaml': EXPERIMENT, 'c.json': JSON.stringify(CHECK) })
  const commands = [
    ['run', 'e.yaml', '--format', 'json', '--output', 'r.json'],
    ['check', 'c.json', '--update', '--quiet'],
    ['sweep', 'e.yaml', '--output-dir', 'sw', '--quiet', '--format', 'csv'],
  ]
  for (const argv of commands) {
    const { exitCode, stderr } = await runCli(argv, { io })
    if (exitCode !== 0) throw new Error(`moesim ${argv.join(' ')}: ${stderr}`)
  }
  const own = [...io.files.keys()].filter((path) => !path.startsWith('bundled:'))
  return Object.fromEntries(own.map((path) => [path, io.text(path)!]))
}

const FILES = await written()
const paths = Object.keys(FILES).filter((path) => path !== 'e.yaml')

const commands = fc.constantFrom<readonly string[]>(
  ['compare', 'r.json', 'good.json'],
  ['compare', 'good.json', 'r.json', '--format', 'markdown'],
  ['compare', 'good.json', 'r.json', '--format', 'csv', '--metric', 'energy'],
  ['check', 'c.json'],
  ['check', 'c.json', '--format', 'junit', '--changed-input'],
  ['check', 'c.json', '--format', 'github'],
  ['check', 'c.json', '--update'],
  ['sweep', 'merge', 'sw'],
  ['sweep', 'merge', 'sw', '--pareto', 'latency,energy', '--format', 'jsonl'],
  ['sweep', 'e.yaml', '--output-dir', 'sw', '--format', 'csv'],
)

/** Which file a command is about, by the beginning of its path. */
const ABOUT: Readonly<Record<string, string>> = { compare: 'r.json', check: 'c.json', sweep: 'sw/' }

/** One JSON document, or one on each line. */
function documentsOf(text: string): unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
  }
}

/** Edits of its documents as trees, then of the text that these give. */
function edited(text: string, tree: Parameters<typeof editTree>[1], pieces: Parameters<typeof editText>[1]) {
  const trees = editTree(documentsOf(text), tree)
  const rows = Array.isArray(trees) ? trees : [trees]
  return editText(rows.map((row) => `${JSON.stringify(row)}\n`).join(''), pieces)
}

export const resultCases = () =>
  fc.asyncProperty(
    fc.record({
      ...{ command: commands, which: fc.nat(20), tree: treeEdits },
      pieces: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, textEdits),
    }),
    async ({ command, which, tree, pieces }) => {
      const candidates = paths.filter((path) => path.startsWith(ABOUT[command[0]!]!))
      const path = candidates[which % candidates.length]!
      const text = edited(FILES[path]!, tree, pieces)
      await orderly(command, bundledWith({ ...FILES, 'good.json': FILES['r.json']!, [path]: text }), text)
    },
  )
