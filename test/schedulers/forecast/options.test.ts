// What an oracle tries: the ways of which it knows beforehand how they would end.
import { expect, test } from 'vitest'
import { splitSchedulerText } from '../../../src/schedulers/options.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import { resolveScheduler, schedulers } from '../../../src/schedulers/table.ts'

const trialsOf = (text: string) => {
  const { scheduler, options } = resolveScheduler(splitSchedulerText(text)!, 'physical').resolved!
  return schedulers[scheduler]!.trials?.(options)?.map(({ predictor, evict }) => `${predictor} ${evict}`)
}
const others = Object.keys(predictors).filter((name) => !['oracle', 'accuracy'].includes(name))

test('an oracle tries itself and what every predictor would do that does not know either, under both evictions', () => {
  expect(trialsOf('forecast-prefetch:predictor=oracle')).toEqual([
    'oracle lru',
    ...others.flatMap((name) => [`${name} lru`, `${name} benefit`]),
  ])
})

test.each(['replicas=unlimited', 'retain=false,ahead=1'])(
  'where no replica ever leaves it tries one eviction: %s',
  (options) => {
    expect(trialsOf(`forecast-prefetch:predictor=oracle,${options}`)).toEqual([
      'oracle lru',
      ...others.map((name) => `${name} lru`),
    ])
  },
)

test('who does not know all tries nothing', () => {
  expect(trialsOf('forecast-prefetch')).toBeUndefined()
})

test('what is read ahead goes into a cache where it is told to', () => {
  const goes = (text: string) => {
    const { options } = resolveScheduler(splitSchedulerText(`forecast-prefetch:${text}`)!, 'physical')
      .resolved!
    const { readsAhead, readsIntoCache } = schedulers['forecast-prefetch']!
    return [readsAhead?.(options), readsIntoCache?.(options)]
  }
  expect(goes('ahead=1,into=cache')).toEqual([true, true])
  expect(goes('ahead=1')).toEqual([true, false])
  expect(goes('retain=true')).toEqual([false, false])
})
