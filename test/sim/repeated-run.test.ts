// Runs with repetitions: what is reported stays, and repetitions differ by a message that is a cycle late.
import { expect, it } from 'vitest'
import { randomStream } from '../../src/engine/random.ts'
import type { JobSetting } from '../../src/run/jobs.ts'
import { JobRunner } from '../../src/run/worker.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import type { Totals } from '../../src/sim/metrics/totals.ts'
import { tinyJob, tinySetting } from '../helpers/layer-jobs.ts'
import { madeUp } from '../schedulers/machines.ts'

const TOKENS = 200
const DIES = 25
const routers = madeUp.find(({ name }) => name === 'routers-5x5')!
const random = randomStream(1, 'crowded')
const tokens = Int32Array.from({ length: TOKENS }, (_, token) => token)

/** Tokens of all dies that want any expert, over links that are slow enough to bind. */
const crowded: Partial<JobSetting> = {
  hardware: { ...routers, link: { ...routers.link, bytesPerPs: 2 ** -9 } },
  iterations: [{ phase: 'decode', rows: tokens, requests: tokens }],
  restingDie: [tokens.map((token) => token % DIES)],
  routing: {
    kind: 'tables',
    sha256: 'crowded',
    tokens: Int32Array.of(TOKENS),
    tables: new Map([[0, Uint16Array.from(tokens, () => Math.floor(8 * random()))]]),
  },
}

async function totalsOf(jitter: number, seed = 1): Promise<Totals> {
  const { options } = resolveScheduler(splitSchedulerText('ep:combine=true')!, 'physical').resolved!
  const job = tinyJob(0, tinySetting({ ...crowded, jitter, seed }))
  const schedulers = [{ id: 'ep', scheduler: 'ep', options }]
  const outcome = await new JobRunner().run({ ...job, schedulers })
  if (outcome.kind !== 'totals') throw new Error('no totals')
  return outcome.totals[0]!.totals
}

it('the run itself is the same with and without repetitions', async () => {
  const { laterPs: none, ...alone } = await totalsOf(0)
  const { laterPs, ...repeated } = await totalsOf(3)
  expect(repeated).toEqual(alone)
  expect([none.length, laterPs.length]).toEqual([0, 3])
})

it('where messages bind, repetitions differ, by the seed', async () => {
  const { laterPs } = await totalsOf(8)
  expect(new Set(laterPs).size).toBeGreaterThan(1)
  expect((await totalsOf(8)).laterPs).toEqual(laterPs)
  expect((await totalsOf(8, 2)).laterPs).not.toEqual(laterPs)
})
