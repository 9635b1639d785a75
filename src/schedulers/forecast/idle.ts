// Which options of forecast-prefetch a run leaves without effect.
import { idleCache } from '../caching/idle.ts'
import { keepsWeights } from '../caching/options.ts'
import { idleOnOneDie } from '../idle.ts'
import { whyNothingIsForetold, whyNothingIsForetoldAtFirst } from '../predictors/options.ts'
import type { IdleOptions, RunOutline } from '../scheduler.ts'
import type { ForecastOptions } from './options.ts'

/** Options of replicas, of reading ahead, and of what foretells either. */
const OF_REPLICAS = ['retain', 'replicas', 'evict']
const OF_READS = ['ahead', 'into']
const OF_PREDICTION = ['predictor', 'predict', 'recall']

export function idleForecast(options: ForecastOptions, run: RunOutline): IdleOptions[] {
  const keeping = whyNothingIsKept(options, run)
  const reading = options.ahead === 0 ? undefined : whyNothingIsForetoldAtFirst(options, run)
  const isWeighed = options.cache === 'benefit' && keepsWeights(options)
  const isNothingForetold = !isWeighed && (options.ahead === 0 || reading !== undefined)
  const idle: IdleOptions[] = []
  if (keeping !== undefined) idle.push({ names: OF_REPLICAS, why: keeping })
  if (reading !== undefined) idle.push({ names: OF_READS, why: reading })
  if (keeping !== undefined && isNothingForetold) idle.push({ names: OF_PREDICTION, why: keeping })
  const ignorance = whyNothingIsForetold(options, run)
  if (ignorance !== undefined) {
    idle.push({ names: [...OF_REPLICAS, ...OF_READS, 'predict'], why: ignorance })
  }
  return [...idle, ...idleOnOneDie(run, ['allocate']), ...idleRoom(options, run), ...idleCache(options, run)]
}

/** Why no replica is made; undefined: some may be. */
function whyNothingIsKept({ ahead, into }: ForecastOptions, run: RunOutline): string | undefined {
  const { hardware, topology, iterations } = run
  if (topology.dies === 1) return 'there is one die'
  if (hardware.memory.shared) return 'memory is shared, and holds every weight once'
  if (hardware.memory.channelDies.length === 1) return 'there is one memory, which holds all weights'
  if (ahead > 0 && into === 'memory') return undefined
  return iterations.some(({ phase }) => phase !== 'prefill')
    ? undefined
    : 'replicas are made after the prompts, and the run has nothing but prompts'
}

/** Options of room for replicas where there is no end of it. */
function idleRoom({ replicas }: ForecastOptions, { hardware }: RunOutline): IdleOptions[] {
  if (hardware.memory.capacityBytes !== Infinity) return []
  const names = replicas === 'unlimited' ? ['replicas', 'evict'] : ['evict']
  return [{ names, why: 'memory is unlimited, and no replica ever has to leave' }]
}
