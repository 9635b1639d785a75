// Names, options and ids of schedulers.
import { describe, expect, it } from 'vitest'
import { describe as inWords } from '../../src/errors.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { placements } from '../../src/schedulers/placements/table.ts'
import { presets, resolveScheduler, schedulers } from '../../src/schedulers/table.ts'

const resolve = (text: string, compat: 'physical' | 'paper' = 'physical') =>
  resolveScheduler(splitSchedulerText(text)!, compat)
const idOf = (text: string) => resolve(text).resolved?.id
const complaints = (text: string) => resolve(text).findings.map(inWords)

describe('scheduler text', () => {
  it('is a name, or a name with options', () => {
    expect(splitSchedulerText('ep')).toEqual({ name: 'ep', options: {} })
    expect(splitSchedulerText(' ep : a = 1 , b=x=y ')).toEqual({ name: 'ep', options: { a: '1', b: 'x=y' } })
  })

  it.each(['', ':', ':a=1', 'ep:', 'ep:a', 'ep:=1', 'ep:a=1,', 'ep:a=1,a=2'])('cannot be "%s"', (text) => {
    expect(splitSchedulerText(text)).toBeUndefined()
  })
})

describe('scheduler ids', () => {
  it.each([
    ['ep', 'ep'],
    ['ep:prefetch=0', 'ep'],
    ['ep:prefetch=2', 'ep:prefetch=2'],
    ['fse-dp:slots=4,paired=true', 'fse-dp:paired=true,slots=4'],
    ['fse-dp:slots=4,paired=false,slices=16', 'fse-dp:slots=4'],
    ['fse-dp-paired', 'fse-dp-paired'],
    ['fse-dp-paired:paired=true,slots=3', 'fse-dp-paired:slots=3'],
    ['ep:prefetch=007', 'ep:prefetch=7'],
  ])('%s is %s', (text, id) => {
    expect(idOf(text)).toBe(id)
  })

  it('of presets are their names, and their options are set', () => {
    for (const [name, { scheduler, options }] of Object.entries(presets)) {
      const { resolved } = resolve(name)
      expect(resolved!.id).toBe(name)
      expect(resolved!.scheduler).toBe(scheduler)
      expect(resolved!.options).toMatchObject(options)
      expect(schedulers[name]).toBeUndefined()
    }
  })

  it('leave out what is the default under compat: paper, which may be another', () => {
    expect(resolve('forecast-prefetch', 'paper').resolved).toMatchObject({
      id: 'forecast-prefetch',
      options: { replicas: 'unlimited' },
    })
    expect(resolve('allo-pred:replicas=physical', 'paper').resolved!.id).toBe('allo-pred:replicas=physical')
    expect(resolve('allo-pred:replicas=physical').resolved!.id).toBe('allo-pred')
  })

  it('of every default resolve to themselves, with a value for every option', () => {
    for (const [name, { options }] of Object.entries(schedulers)) {
      const { resolved } = resolve(name)
      expect(resolved!.id).toBe(name)
      expect(Object.keys(resolved!.options)).toEqual(Object.keys(options))
    }
  })
})

describe('what is wrong with a scheduler', () => {
  it('an unknown name: the known ones, and the nearest', () => {
    const known = [...Object.keys(schedulers), ...Object.keys(presets)].join(', ')
    expect(complaints('fse-pd')).toEqual([
      `unknown scheduler "fse-pd"; known: ${known}; did you mean "fse-dp"?`,
    ])
    expect(complaints('constructor')).toEqual([`unknown scheduler "constructor"; known: ${known}`])
  })

  it('an unknown option: the known ones, and the nearest', () => {
    const known = Object.keys(schedulers.ep!.options).join(', ')
    expect(complaints('ep:prefech=1')).toEqual([
      `unknown option of ep "prefech"; known: ${known}; did you mean "prefetch"?`,
    ])
  })

  it.each([
    ['ep:prefetch=-1', 'ep:prefetch must be a whole number from 0 to 64, got "-1"'],
    ['ep:prefetch=65', 'ep:prefetch must be a whole number from 0 to 64, got "65"'],
    ['ep:prefetch=1.5', 'ep:prefetch must be a whole number from 0 to 64, got "1.5"'],
    ['ep:prefetch=1e1', 'ep:prefetch must be a whole number from 0 to 64, got "1e1"'],
    ['hydra:cap=1e1', 'hydra:cap must be a number from 1 to 64, got "1e1"'],
    ['hydra:cap=0.99', 'hydra:cap must be a number from 1 to 64, got "0.99"'],
    ['hydra:predictor=popularity', 'hydra:predictor must be one of previous-layer, oracle, got "popularity"'],
    [
      'ep:placement=balancd',
      `ep:placement must be one of ${Object.keys(placements).join(', ')}, or a placement file (.json, .yaml, .csv) as "moesim place" writes them, got "balancd"`,
    ],
    [
      'ep:copies=2',
      'ep: placement contiguous makes no copies of experts, so copies=2 would change nothing; leave it out, or use placement balanced or prefill-dup',
    ],
    [
      'ep:placement=oracle-best,copies=0',
      'ep: placement oracle-best makes no copies of experts, so copies=0 would change nothing; leave it out, or use placement balanced or prefill-dup',
    ],
    ['ep:placement=balanced,copies=65', 'ep:copies must be a whole number from 0 to 64, got "65"'],
    ['ep:combine=yes', 'ep:combine must be true or false, got "yes"'],
    [
      'forecast-prefetch:replicas=many',
      'forecast-prefetch:replicas must be one of physical, unlimited, got "many"',
    ],
  ])('%s', (text, complaint) => {
    expect(complaints(text)).toEqual([complaint])
  })

  it('copies are fine with placements that make them, and the default number with any', () => {
    for (const text of [
      'ep:placement=balanced,copies=0',
      'ep:placement=prefill-dup,copies=64',
      'ep:copies=1',
    ]) {
      expect(complaints(text)).toEqual([])
    }
  })

  it.each(['ep:prefetch=1', 'ep-tiled', 'hydra:combine=true'])('%s under compat: paper', (text) => {
    const [complaint] = resolve(text, 'paper').findings.map(inWords)
    expect(complaint).toMatch(
      /takes no prefetch, slices or combine under compat: paper; .* use compat: physical$/,
    )
    expect(complaints(text)).toEqual([])
  })

  it('reading ahead where layers are kept apart, where round-robin decides, and where memory is shared anyway', () => {
    expect(resolve('forecast-prefetch:ahead=2', 'paper').findings.map(inWords)).toEqual([
      'forecast-prefetch: ahead=2 overlaps layers, which compat: paper keeps apart; use compat: physical, or ahead=0',
    ])
    expect(complaints('pred-only:ahead=2')).toEqual([
      'forecast-prefetch: ahead=2 needs to know where an expert will run, which round-robin decides by the order in which experts appear; use allocate=true, or ahead=0',
    ])
    expect(complaints('forecast-prefetch:ahead=2,predictor=none')).toEqual([])
  })

  it.each([
    [
      'forecast-prefetch:into=memory',
      'with ahead=0 nothing is read ahead, so into=memory would change nothing; leave it out, or use ahead=1 or more',
    ],
    [
      'pred-only:predictor=oracle,predict=50,evict=benefit',
      'oracle foretells all that is needed and when, so predict=50 and evict=benefit would change nothing; leave them out, or use another predictor',
    ],
    [
      'allo-only:predictor=oracle',
      'with retain=false and ahead=0 nothing is predicted, so predictor=oracle would change nothing; leave it out, or use retain=true or ahead=1 or more',
    ],
    [
      'pred-only:retain=false,predict=50,predictor=popularity',
      'with retain=false and ahead=0 nothing is predicted, so predictor=popularity and predict=50 would change nothing; leave them out, or use retain=true or ahead=1 or more',
    ],
    [
      'forecast-prefetch:retain=false,predictor=none,predict=50',
      'with retain=false and ahead=0 nothing is predicted, so predict=50 would change nothing; leave it out, or use retain=true or ahead=1 or more',
    ],
    [
      'allo-pred:evict=benefit,replicas=unlimited',
      'with replicas=unlimited no replica ever leaves, so evict=benefit would change nothing; leave it out, or use replicas=physical',
    ],
    [
      'allo-only:evict=benefit',
      'with retain=false no replicas are kept, so evict=benefit would change nothing; leave it out, or use retain=true',
    ],
    [
      'forecast-prefetch:evict=benefit,retain=false,ahead=2',
      'with retain=false no replicas are kept, so evict=benefit would change nothing; leave it out, or use retain=true',
    ],
  ])('an option that others leave without effect: %s', (text, complaint) => {
    expect(complaints(text)).toEqual([`forecast-prefetch: ${complaint}`])
  })

  it('an option without effect because of what compat: paper makes the default', () => {
    expect(resolve('allo-pred:evict=benefit', 'paper').findings.map(inWords)).toEqual([
      'forecast-prefetch: with replicas=unlimited no replica ever leaves, so evict=benefit would change nothing; leave it out, or use replicas=physical',
    ])
    expect(resolve('allo-pred:evict=benefit,replicas=physical', 'paper').findings).toEqual([])
  })

  it.each([
    // What nobody asked for, or what is the default anyway, is no mistake.
    'allo-only',
    'allo-only:predictor=none,predict=20,into=sram,evict=lru',
    'forecast-prefetch:retain=false',
    'pred-only:retain=false',
    // The preset allo-only, spelt out.
    'forecast-prefetch:predictor=none,retain=false',
    'forecast-prefetch:into=memory,ahead=1',
    'forecast-prefetch:predict=50,predictor=prefill,retain=false,ahead=2',
    'forecast-prefetch:evict=benefit,retain=false,ahead=2,into=memory',
    'pred-only:replicas=unlimited',
  ])('nothing with %s', (text) => {
    expect(complaints(text)).toEqual([])
  })

  it('all of it at once', () => {
    expect(complaints('ep:prefetch=x,combine=y,z=1')).toHaveLength(3)
  })
})
