// Schedulers as text: for each of some ways of running them, every option with other values than its default.
import type { OptionSpec } from '../../src/schedulers/options.ts'
import { presets, schedulers } from '../../src/schedulers/table.ts'

/** Ways in which options matter that otherwise change nothing. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  ep: [
    '',
    'cache=lru',
    'cache=benefit,ahead=2,slices=2,prefetch=1',
    'placement=balanced',
    'rebalance=1,placement=round-robin,window=2',
    'dispatch=die,combine=true',
    'slices=4,prefetch=2',
  ],
  hydra: ['', 'combine=true'],
  'fse-dp': ['', 'slices=4,slots=3', 'buffering=60,cold=4', 'naive=true', 'entry=trajectory'],
  'round-robin': [''],
  'forecast-prefetch': [
    '',
    'allocate=false,predictor=popularity',
    'ahead=4,predictor=oracle',
    'ahead=3,into=memory,predictor=cross-layer',
    'cache=lfru,retain=false',
    'cache=benefit,ahead=2,into=cache,retain=false',
  ],
  adaptive: ['', 'ahead=2,predictor=cross-layer', 'copies=1'],
  tp: ['', 'ways=2'],
  'least-loaded': ['', 'least=1,imbalance=1'],
}

/** Values to try beside the default. */
export function otherValues(spec: OptionSpec): (boolean | number | string)[] {
  if (spec.type === 'boolean') return [!spec.default]
  if (spec.type === 'enum') return spec.values.filter((value) => value !== spec.default)
  if (spec.type === 'size') return ['9 kB', '40 kB']
  const near = spec.type === 'integer' ? [spec.default + 1] : [spec.default / 2, spec.default * 1.5 + 0.5]
  const values = new Set([spec.min, spec.default + 2, ...near])
  return [...values].filter((value) => value !== spec.default && value >= spec.min && value <= spec.max)
}

const joined = (name: string, ...options: readonly string[]) => {
  const given = options.filter((option) => option !== '')
  return given.length === 0 ? name : `${name}:${given.join()}`
}

/** Every value of a scheduler's options under every one of its ways. */
export function textsUnderWays(name: string): string[] {
  return (WAYS[name] ?? []).flatMap((way) =>
    Object.entries(schedulers[name]!.options).flatMap(([option, spec]) => {
      const kept = way.split(',').filter((one) => !one.startsWith(`${option}=`))
      return otherValues(spec).map((value) => joined(name, ...kept, `${option}=${value}`))
    }),
  )
}

/** Every value under one of the ways of its scheduler, in turn; ways and presets as they are. */
export function schedulerTexts(): string[] {
  const texts = Object.keys(presets)
  let turn = 0
  for (const [name, ways] of Object.entries(WAYS)) {
    texts.push(...ways.map((way) => joined(name, way)))
    for (const [option, spec] of Object.entries(schedulers[name]!.options)) {
      for (const value of otherValues(spec)) {
        const way = ways[turn++ % ways.length]!
        const kept = way.split(',').filter((one) => !one.startsWith(`${option}=`))
        texts.push(joined(name, ...kept, `${option}=${value}`))
      }
    }
  }
  return [...new Set(texts)]
}
