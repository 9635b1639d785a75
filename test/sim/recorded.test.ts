// Everything that runs report, as it was when last looked at: a number that moves without its being meant is seen here.
import { expect, test } from 'vitest'
import type { Metrics } from '../../src/sim/result.ts'
import { resultOf } from '../fuzz/machine-laws.ts'
import { RECORDED } from './recorded-cases.ts'

/** As far as sums of fractions are the same in any order. */
const short = (value: number) => Number(value.toPrecision(10))

const lineOf = (what: string, metrics: Metrics) => {
  const texts = Object.entries(metrics).map(([name, { value, ci95, bySeed, jitter }]) => {
    const interval = ci95 === undefined ? '' : ` +- ${short(ci95)} of ${bySeed?.map(short).join(' ')}`
    return `${name} ${short(value)}${interval}${jitter === undefined ? '' : ` late ${jitter.values.map(short).join(' ')}`}`
  })
  return `  ${what}: ${texts.join(', ')}`
}

test('runs on machines of every kind report what they did (vitest -u records it anew)', async () => {
  const lines: string[] = []
  for (const [name, experiment] of Object.entries(RECORDED)) {
    const result = await resultOf(experiment)
    lines.push(`${name}, seeds ${result!.seeds.join(' ')}, baseline ${result!.baseline}`)
    for (const { id, boundBy, metrics, layers } of result!.results) {
      lines.push(lineOf(`${id} bound by ${boundBy}`, metrics))
      if (layers.length > 1)
        for (const layer of layers) lines.push(lineOf(`- layer ${layer.layer}`, layer.metrics))
    }
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded.txt')
})
