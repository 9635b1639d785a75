// Every family against published models: routed, total and active parameters of the shape that is read.
import { describe, expect, test } from 'vitest'
import { families } from '../../../src/config/families/families.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import { bundledIo } from '../bundled-io.ts'
import { parametersOf } from './parameters.ts'
import type { Published } from './pieces.ts'
import { likeBailing } from './published-bailing.ts'
import { likeDeepseek } from './published-deepseek.ts'
import { likeMixtral } from './published-mixtral.ts'
import { likeQwen } from './published-qwen.ts'

const published: Readonly<Record<string, Published>> = {
  ...likeMixtral,
  ...likeQwen,
  ...likeDeepseek,
  ...likeBailing,
}

const UNITS: Readonly<Record<string, number>> = { T: 1e12, B: 1e9, M: 1e6 }
const TOLERANCE = 0.02

/** A published figure, and how far from it a count may be: 2 %, or half a unit of its last digit. */
function figure(text: string): { value: number; within: number } {
  const [, digits = '', unit = ''] = /^([\d.]+)([TBM])$/.exec(text) ?? []
  const value = Number(digits) * UNITS[unit]!
  const lastDigit = UNITS[unit]! / 10 ** (digits.split('.')[1]?.length ?? 0)
  return { value, within: Math.max(TOLERANCE * value, lastDigit / 2) }
}

const io = bundledIo()
const read = (config: object) => {
  io.files.set('m/config.json', new TextEncoder().encode(JSON.stringify(config)))
  return loadModel(io, 'm/config.json')
}

describe('published parameters', () => {
  test.each(Object.entries(published))('%s', async (_, { config, beside, total, active, routed }) => {
    const found = parametersOf(await read(config), beside)
    expect(Math.abs(found.routed - routed * 1e9) / (routed * 1e9)).toBeLessThan(0.003)
    const whole = figure(total)
    expect(Math.abs(found.total - whole.value), `${found.total}`).toBeLessThanOrEqual(whole.within)
    if (active === undefined) return
    const used = figure(active)
    const nearest = Math.min(...found.active.map((count) => Math.abs(count - used.value)))
    expect(nearest, `${found.active}`).toBeLessThanOrEqual(used.within)
  })

  test('every family has a published model here, but one whose figures are not known and one that is refused', () => {
    const types = Object.values(published).flatMap(({ config }) => typesIn(config))
    const untested = Object.keys(families).filter((family) => !types.includes(family))
    expect(untested).toEqual(['granitemoeshared', 'longcat_flash'])
  })
})

/** Family names anywhere in a config, and those that its architecture stands for. */
function typesIn(config: unknown): string[] {
  if (typeof config !== 'object' || config === null) return []
  return Object.entries(config).flatMap(([key, value]) => {
    if (key === 'model_type') return [String(value)]
    if (key === 'architectures') return String(value).includes('Model') ? ['grok-1'] : ['grok-2']
    return typesIn(value)
  })
}
