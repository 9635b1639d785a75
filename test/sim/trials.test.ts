// An oracle does what ends first of all that it tries, and is looked at once.
import { expect, test } from 'vitest'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import type { WatchedScheduler } from '../../src/sim/layer.ts'
import { Totals } from '../../src/sim/metrics/totals.ts'
import { simulateWithTrials } from '../../src/sim/trials.ts'

const watched = (predictor: string, probe?: WatchedScheduler['probe']): WatchedScheduler => {
  const { resolved } = resolveScheduler({ name: 'pred-only', options: { predictor } }, 'physical')
  return { ...resolved!, probe }
}

/** Every scheduler takes the time of its predictor. */
function timed(timesPs: Readonly<Record<string, number>>) {
  const seen: string[] = []
  const simulate = async (some: readonly WatchedScheduler[]) =>
    some.map(({ options, probe }) => {
      const predictor = `${options.predictor}`
      seen.push(probe === undefined ? predictor : `${predictor} watched`)
      return [Object.assign(new Totals(), { latencyPs: timesPs[predictor] ?? 100 })]
    })
  return { seen, simulate }
}

const latencies = (results: readonly (readonly Totals[])[]) => results.map(([one]) => one!.latencyPs)

test('an oracle has the totals of its fastest trial, others their own, in the order given', async () => {
  const { simulate } = timed({ prefill: 70, oracle: 90, popularity: 80 })
  const all = [watched('oracle'), watched('popularity'), watched('cross-token')]
  expect(latencies(await simulateWithTrials(all, simulate))).toEqual([70, 80, 100])
})

test('of trials that take as long its own knowledge comes first', async () => {
  const { seen, simulate } = timed({})
  await simulateWithTrials([watched('oracle', { span: () => undefined })], simulate)
  expect(seen[0]).toBe('oracle')
  expect(seen.filter((name) => name.endsWith('watched'))).toEqual(['oracle watched'])
})
