// The names that can be completed: bundled configs, schedulers with their options, metrics, figures, formats.

import { OUTPUT_FORMATS } from '../../config/experiment/experiment.ts'
import { bundledNames } from '../../config/library.ts'
import type { Io } from '../../io.ts'
import type { papers } from '../../papers/papers.ts'
import { READABLE_FORMAT_IDS } from '../../trace/formats/format-ids.ts'
import { namedTopics, optionTopics, type Topic } from '../topics.ts'
import type { Candidate, Names } from './completion.ts'

/** `words`: what has been typed so far, the last of it to be completed. */
export async function completionNames(io: Io, words: readonly string[]): Promise<Names> {
  const named = async (kind: 'hardware' | 'models' | 'experiments') =>
    (await bundledNames(io, kind)).map(plain)
  const [hardware, models, experiments] = [
    await named('hardware'),
    await named('models'),
    await named('experiments'),
  ]
  const current = words.at(-1) ?? ''
  const known = words[0] === 'reproduce' ? (await import('../../papers/papers.ts')).papers : {}
  const options: Readonly<Record<string, () => readonly Candidate[]>> = {
    hardware: () => hardware,
    model: () => models,
    scheduler: () => schedulerNames(current),
    baseline: () => schedulerNames(current),
    metric: () => topics(['metric']),
    from: () => READABLE_FORMAT_IDS.map(plain),
    format: () => OUTPUT_FORMATS.map(plain),
    layers: () => ['all', 'sample:4'].map(plain),
  }
  const listed: Readonly<Record<string, () => readonly Candidate[]>> = {
    'run experiment': () => experiments,
    'sweep experiment': () => experiments,
    'validate config': () => [...experiments, ...hardware, ...models],
    'show name': () => [...experiments, ...hardware, ...models],
    'reproduce paper': () => Object.keys(known).map(plain),
    'reproduce figure': () => figures(known, words),
    'explain name': () =>
      current.includes(':') ? optionTopics().map(candidate) : namedTopics().map(candidate),
  }
  return {
    option: (name) => options[name]?.() ?? [],
    argument: (name, command) => listed[`${command} ${name}`]?.() ?? [],
  }
}

const plain = (value: string): Candidate => ({ value, about: '' })
const candidate = ({ name, definition }: Topic): Candidate => ({ value: name, about: definition })

const topics = (kinds: readonly string[]) =>
  namedTopics()
    .filter(({ kind }) => kinds.includes(kind))
    .map(candidate)

/** Schedulers and presets; behind a colon the options of one, up to the value. */
function schedulerNames(current: string): Candidate[] {
  if (!current.includes(':')) return topics(['scheduler', 'preset'])
  return optionTopics().map(({ name, definition }) => ({ value: `${name}=`, about: definition }))
}

function figures(known: typeof papers, words: readonly string[]): Candidate[] {
  const name = words.find((word) => Object.hasOwn(known, word))
  return name === undefined ? [] : ['claims', ...Object.keys(known[name]!.figures)].map(plain)
}
