// Who takes part in a competition, with results sent back by all or by none.
import { expect, it } from 'vitest'
import { entrants } from '../../src/compete/entrants.ts'
import { presets, schedulers } from '../../src/schedulers/table.ts'

const ALL = [...Object.keys(schedulers), ...Object.keys(presets)]

it('takes all schedulers and presets as they are, or those that are named', () => {
  expect(entrants(undefined, undefined)).toEqual(ALL)
  expect(entrants(['ep:prefetch=1', 'tp'], undefined)).toEqual(['ep:prefetch=1', 'tp'])
})

it('has everyone send results back, without those that cannot', () => {
  const all = entrants(undefined, true)
  expect(all).toEqual(
    expect.arrayContaining(['ep:combine=true', 'adaptive:combine=true', 'tp', 'ep-tiled:combine=true']),
  )
  // Tokens stay where they rest: so do results.
  expect(all).toEqual(expect.arrayContaining(['fse-dp', 'fse-dp-paired']))
  expect(all).not.toContain('round-robin')
  expect(all).not.toContain('allo-only')
})

it('has nobody send results back', () => {
  const all = entrants(undefined, false)
  expect(all).toHaveLength(ALL.length)
  expect(all).toEqual(expect.arrayContaining(['ep', 'adaptive', 'tp:combine=false', 'hydra']))
})

it('leaves what a name says itself, who is named, and names that it does not know', () => {
  const named = ['ep:combine=false', 'tp:ways=2', 'allo-only', 'eq:x=1', '__proto__', 'ep:prefetch=1']
  expect(entrants(named, true)).toEqual([...named.slice(0, 5), 'ep:prefetch=1,combine=true'])
  expect(entrants(['tp:ways=2'], false)).toEqual(['tp:ways=2,combine=false'])
})
