// Laws of any run: equal input gives equal bytes, the order of schedulers changes nothing, no bound is beaten, work and bytes add up.
import fc from 'fast-check'
import type { Metrics, RunResult, SchedulerResult } from '../../src/sim/result.ts'
import { bundledWith } from './bundled-with.ts'
import { machines } from './machines.ts'
import { orderly } from './orderly.ts'

/** Of sums of numbers that are not whole. */
const ROUNDING = 1e-9
/** Each event ends at a whole ps: a bound may be more by so much. */
const ROUNDING_PS = 2

export async function resultOf(experiment: object): Promise<RunResult | undefined> {
  const text = JSON.stringify(experiment)
  const { exitCode, stdout } = await orderly(
    ['run', 'e.json', '--format', 'json', '--quiet'],
    bundledWith({ 'e.json': text }),
    text,
  )
  return exitCode === 0 ? (JSON.parse(stdout) as RunResult) : undefined
}

function holds(condition: boolean, what: () => string): void {
  if (!condition) throw new Error(what())
}

const isNear = (a: number, b: number) =>
  Math.abs(a - b) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b), 1e-12)

export const lawCases = () =>
  fc.asyncProperty(machines, async ({ experiment }) => {
    const first = await resultOf(experiment)
    if (first === undefined) return
    const again = await resultOf(experiment)
    holds(JSON.stringify(again) === JSON.stringify(first), () => 'a second run gives another result')
    const texts = experiment.schedulers as readonly string[]
    const reversed = await resultOf({
      ...experiment,
      schedulers: texts.toReversed(),
      baseline: first.baseline,
    })
    for (const result of first.results) {
      const other = reversed!.results.find(({ id }) => id === result.id)
      holds(
        JSON.stringify(other) === JSON.stringify(result),
        () => `${result.id} depends on the order of schedulers`,
      )
      expectLaws(result, first)
    }
  })

function expectLaws(result: SchedulerResult, { results, experiment }: RunResult): void {
  const { id, metrics, layers, options } = result
  for (const one of [metrics, ...layers.map((layer) => layer.metrics)]) expectSane(id, one)
  const value = (name: string) => metrics[name]?.value ?? 0
  if (!('ahead' in options && options.ahead !== 0)) {
    for (const one of layers) expectBound(id, one.metrics)
  }
  const { hardware, endToEnd } = experiment as {
    hardware: { sramBytes: number | 'unlimited'; activations: string }
    endToEnd?: object
  }
  if (hardware.sramBytes !== 'unlimited') {
    const most = hardware.sramBytes
    holds(value('peakSramPerDie') <= most, () => `${id} fills ${value('peakSramPerDie')} of ${most} B`)
  }
  if (endToEnd === undefined && layers.length > 0) {
    const sum = layers.reduce((total, one) => total + one.metrics.latency!.value, 0)
    holds(
      isNear(sum, value('latency')),
      () => `${id}: its layers take ${sum}, together ${value('latency')} ps`,
    )
  }
  // The same pairs are computed whoever schedules them.
  const work = ({ metrics: { computeUtilization, latency } }: SchedulerResult) =>
    computeUtilization!.value * latency!.value
  holds(
    isNear(work(result), work(results[0]!)),
    () => `${id} computes ${work(result)}, not ${work(results[0]!)}`,
  )
}

function expectBound(
  id: string,
  { latency, boundCompute, boundMemory, boundLink, boundBisection }: Metrics,
): void {
  for (const bound of [boundCompute, boundMemory, boundLink, boundBisection]) {
    const most = latency!.value * (1 + ROUNDING) + ROUNDING_PS
    holds(
      (bound?.value ?? 0) <= most,
      () => `${id} takes ${latency!.value} ps, its bound is ${bound!.value} ps`,
    )
  }
}

function expectSane(id: string, metrics: Metrics): void {
  for (const [name, { value }] of Object.entries(metrics)) {
    holds(Number.isFinite(value) && value >= 0, () => `${id}: ${name} is ${value}`)
  }
  const value = (name: string) => metrics[name]?.value ?? 0
  const parts = value('peakSramWeights') + value('peakSramTokens')
  holds(
    parts === value('peakSramPackage'),
    () => `${id}: ${parts} B of parts in ${value('peakSramPackage')} B`,
  )
  holds(value('peakSramPerDie') <= value('peakSramPackage'), () => `${id}: a die holds more than the package`)
  for (const name of ['loadImbalance', 'channelImbalance']) {
    const ratio = metrics[name]?.value ?? 1
    holds(ratio >= 1 - ROUNDING, () => `${id}: ${name} is ${ratio}`)
  }
  holds(
    value('computeUtilization') <= 1 + ROUNDING,
    () => `${id}: utilization ${value('computeUtilization')}`,
  )
  holds(value('memoryReadWeights') <= value('memoryRead'), () => `${id}: more weights read than bytes`)
  holds(value('memoryReadRemote') <= value('memoryReadWeights'), () => `${id}: more remote reads than reads`)
}
