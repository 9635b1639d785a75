// Which options of a cache a run leaves without effect.
import { expertBytes } from '../../model/shape.ts'
import type { IdleOptions, RunOutline } from '../scheduler.ts'
import type { CacheOptions } from './options.ts'

export function idleCache(options: CacheOptions, { iterations, hardware, model }: RunOutline): IdleOptions[] {
  if (options.cache === 'none') return []
  const idle: IdleOptions[] = []
  if (options['cache-start'] === 'cold' && iterations.filter(({ tokens }) => tokens > 0).length === 1) {
    const names = ['cache-bytes', 'cache-scope', 'cache-unit', 'cache-half-life', 'cache-profile']
    idle.push({ names, why: 'a cold cache has nothing from an iteration before the only one' })
  }
  const allBytes = expertBytes(model) * model.experts * model.moeLayers.length
  if (hardware.sramBytes === Infinity && Number(options['cache-bytes']) >= allBytes) {
    idle.push({ names: ['cache-bytes'], why: 'on chip there is room for all weights as it is' })
  }
  return idle
}
