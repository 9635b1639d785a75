// How busy each memory channel is in our FSE-DP: whether the fullest one decides how long a layer takes.
import type { Lab, Point } from '../../lab.ts'
import { lengthPs, SpanRecorder } from '../../spans.ts'
import { mean } from '../common.ts'

/** Time of reading over the layer's latency. */
export interface ChannelUse {
  readonly id: string
  readonly fullest: number
  readonly mean: number
}

export async function channelUse(lab: Lab, point: Point, id: string, layer: number): Promise<ChannelUse> {
  const recorder = new SpanRecorder()
  const metrics = await lab.observe(point, id, layer, recorder)
  const loads = recorder.of('load')
  const shares = point.experiment.hardware.memory.channelDies.map(
    (channel) => lengthPs(loads.filter(({ die }) => die === channel)) / metrics.latency!.value,
  )
  return { id, fullest: Math.max(...shares), mean: mean(shares) }
}
