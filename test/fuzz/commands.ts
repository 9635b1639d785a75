// Cases of command lines: every command with any of its options, with values that fit and values that do not.
import type { Command, Option } from 'commander'
import fc from 'fast-check'
import { buildProgram } from '../../src/cli/program.ts'
import { Session } from '../../src/cli/session.ts'
import { METRICS } from '../../src/sim/metrics/metrics.ts'
import { bundledFiles } from '../config/bundled-io.ts'
import { capturedPorts } from '../helpers/run-cli.ts'
import { csv } from '../trace/formats/bad-input.ts'
import { bundledWith } from './bundled-with.ts'
import { schedulerTexts } from './machines.ts'
import { oddWords } from './odd-values.ts'
import { orderly } from './orderly.ts'

const FILES = {
  'e.yaml': `hardware: fse-dp-2x2
model: {layers: 2, hidden: 64, expert_intermediate: 32, experts: 4, top_k: 2, weight_bytes: 1, activation_bytes: 1}
generator: {prefill_tokens: 4, decode_tokens: 2}
workload: {tokens: 6}
schedulers: [ep, fse-dp]
`,
  't.csv': csv('r,0,prefill,0,1 2', 'r,1,decode,0,0 3', 's,0,decode,0,3 1'),
  'm.yaml':
    'layers: 1\nhidden: 64\nexpert_intermediate: 32\nexperts: 4\ntop_k: 2\nweight_bytes: 1\nactivation_bytes: 1\n',
}

const KNOWN = [
  ...Object.keys(FILES),
  ...bundledFiles.filter(({ folder }) => folder !== 'experiments').map(({ name }) => name),
  ...Object.keys(METRICS).slice(0, 12),
  ...[
    '0',
    '1',
    '2',
    '3',
    '7',
    '0,1',
    'all',
    'sample:1',
    '1/2',
    '2/2',
    'latency,energy',
    'lru,min',
    '0:1,3:2',
  ],
  ...[
    'hardware.link.bandwidth=96 GB/s',
    'workload.tokens=4,6',
    'seed=1,2',
    'schedulers=ep,fse-dp',
    'model.top_k=1',
  ],
  ...['hardware.sram={from: 8 MiB, to: 64 MiB, factor: 2}', 'compat=paper', 'end_to_end={context: 100}'],
  ...[
    '0 us..9 us',
    '8 kB,16 kB',
    'poisson:2.5',
    'out.json',
    'out.csv',
    'out.parquet',
    'out.html',
    'dir',
    'fse-dp:slots',
  ],
]

const words = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 2, arbitrary: oddWords },
  { weight: 1, arbitrary: schedulerTexts },
)

/** Every command that does something, by the words that name it. */
function commandsBelow(
  command: Command,
  names: readonly string[] = [],
): { names: string[]; command: Command }[] {
  const below = command.commands.flatMap((inner) => commandsBelow(inner, [...names, inner.name()]))
  return names.length === 0 ? below : [{ names: [...names], command }, ...below]
}

const COMMANDS = commandsBelow(buildProgram(new Session(capturedPorts().ports)))

/** So that nothing that is right takes long. The last of an option counts. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  run: ['--tokens', '4', '--iterations', '1', '--layers', 'sample:1', '--seeds', '1', '--workers', '0'],
  compete: [
    ...['--hardware', 'fse-dp-2x2', '--model', 'deepseek-v2-lite', '--tokens', '4', '--scheduler', 'ep'],
    ...['--iterations', '1', '--seeds', '1', '--layers', 'sample:1', '--workers', '0'],
  ],
  sweep: ['--workers', '0', '--set', 'workload={tokens: 3}', '--set', 'seeds=1', '--set', 'layers=sample:1'],
  'trace synth': ['--requests', '2', '--prompt-tokens', '3', '--answer-tokens', '2', '--length-spread', '0'],
}

function optionWords(option: Option): fc.Arbitrary<readonly string[]> {
  const name = option.long ?? option.short!
  if (!option.required && !option.optional) return fc.constant([name])
  const value = option.argChoices ? fc.oneof(fc.constantFrom(...option.argChoices), words) : words
  return value.map((word) => [name, word])
}

const commandLines = fc.constantFrom(...COMMANDS).chain(({ names, command }) =>
  fc
    .record({
      args: fc.array(words, { maxLength: 3 }),
      options: fc
        .shuffledSubarray([...command.options], { maxLength: Math.min(4, command.options.length) })
        .chain((options) => fc.tuple(...options.map(optionWords))),
      // Most commands want a file first.
      first: fc.constantFrom<readonly string[]>([], ['e.yaml'], ['t.csv']),
      isLast: fc.boolean(),
    })
    .map(({ args, options, first, isLast }) => {
      const short = SHORT[names.join(' ')] ?? []
      const given = [...first, ...args]
      return [...names, ...(isLast ? [...options.flat(), ...given] : [...given, ...options.flat()]), ...short]
    }),
)

export const commandCases = () =>
  fc.asyncProperty(commandLines, async (argv) => {
    await orderly(argv, bundledWith(FILES))
  })
