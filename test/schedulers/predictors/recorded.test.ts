// What predictors expect of made-up runs, iteration after iteration, as it was when last looked at.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { randomStream } from '../../../src/engine/random.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { namesOf } from '../../../src/schedulers/options.ts'
import { topExperts } from '../../../src/schedulers/predictors/expectation.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import { knowledgeOf } from '../../helpers/knowledge.ts'
import { worksOf } from '../stories.ts'

const RUNS = 12
const topology = buildTopology({ kind: 'mesh', columns: 3, rows: 2, numbering: 'column-major' })
const digest = (what: unknown) => createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8)

function linesOf(run: number): string[] {
  const random = randomStream(run, 'predictions')
  const between = (least: number, most: number) => least + Math.floor((most - least + 1) * random())
  const experts = between(5, 14)
  const works = worksOf(
    {
      ...{ experts, topK: between(1, 5), requests: between(1, 4), prefill: between(1, 6) },
      ...{ decode: between(1, 4), skew: between(0, 2), seed: run },
    },
    topology,
  )
  const most = between(1, 4)
  return namesOf(predictors).map((name) => {
    // What is known keeps what one of them has learnt for others that go in step with it.
    const knowledge = knowledgeOf(works, run % 2 === 0)
    const predictor = predictors[name].create({ experts, most, knowledge, recall: between(0, 4) / 4 })
    const asked = (iteration: number, reached: number) => {
      const expected = predictor.expected(iteration, reached)
      return expected && Array.from(expected, (tokens) => Number(tokens.toPrecision(9)))
    }
    const computing = [between(0, experts - 1), between(0, experts - 1)]
    const foretold = () =>
      [...Array(experts).keys()].filter((expert) => predictor.foretells(expert, () => computing))
    const said: unknown[] = [foretold(), asked(0, -1), asked(0, 0)]
    for (const work of works) {
      predictor.learn(work)
      const { iteration } = work
      said.push(asked(iteration + 1, iteration), foretold())
      // Once the next one has come to the layer before.
      if (iteration + 1 < works.length) said.push(asked(iteration + 1, iteration + 1))
    }
    const last = predictor.expected(works.length - 1, works.length - 1)
    return `${run}: ${name} ${digest(said)}, at last ${last === undefined ? 'nothing' : topExperts(last, 4).join(' ')}`
  })
}

test('predictors expect what they did (vitest -u records it anew)', async () => {
  const lines = Array.from({ length: RUNS }, (_, run) => linesOf(run)).flat()
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded.txt')
})
