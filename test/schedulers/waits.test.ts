// What the dies of each scheduler say they wait for when a run gets stuck.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { LayerMachine } from '../../src/sim/machine/machine.ts'
import { frameHardware } from '../helpers/frames.ts'
import { modelOf, runWorks, worksOf } from './stories.ts'

const hardware = frameHardware({ load: 4, hop: 1, compute: 2, pieces: 2 })
const STORY = { experts: 6, topK: 2, requests: 4, prefill: 2, decode: 0, skew: 0, seed: 3 }

/** What a run says whose machine never does one thing that it is asked for. */
function stuck(scheduler: string, lost: 'load' | 'gather' | 'compute', story = STORY): string {
  vi.spyOn(LayerMachine.prototype, lost).mockImplementation(() => undefined)
  const works = worksOf(story, buildTopology(hardware.topology))
  try {
    runWorks(scheduler, hardware, modelOf(story), works)
  } catch (error) {
    return (error as Error).message.replace(/.*was never computed(; )?/, '')
  }
  return 'it is not stuck'
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('what a stuck run says', () => {
  const rows: readonly [scheduler: string, lost: 'load' | 'gather' | 'compute', says: string][] = [
    ['ep', 'load', 'die 0 waits for expert 0, slice 0: its weights; die 1 waits for expert 2'],
    ['ep', 'gather', 'die 0 waits for expert 0, slice 0: its tokens; die 1 waits for expert 2'],
    ['hydra', 'load', 'die 0 waits for expert 0, slice 0: its weights; die 1 waits for expert 4'],
    ['fse-dp:naive=true', 'load', 'phase 0 of expert 0 waits for 4 of its dies'],
    ['fse-dp:naive=true', 'compute', 'phase 0 of expert 0 waits for 3 of its dies'],
    ['adaptive', 'load', 'die 0 waits for 27 slices; die 1 waits for 13 slices'],
  ]
  it.each(rows)('%s, where %s is lost: %s', (scheduler, lost, says) => {
    expect(stuck(scheduler, lost).slice(0, says.length)).toBe(says)
  })

  it('names one die where one alone has something to do', () => {
    const story = { ...STORY, topK: 1, requests: 1, prefill: 1 }
    expect(stuck('fse-dp:naive=true', 'compute', story)).toMatch(
      /^phase 0 of expert \d waits for 1 of its dies$/,
    )
  })
})
