// FSE-DP while a layer runs: when it looks at its dies.
import { afterEach, expect, it, vi } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { LayerMachine } from '../../../src/sim/machine/machine.ts'
import { frameHardware, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** How many rounds are held in a layer of twelve tokens that chose three of six experts each, and of how many nothing came. */
function roundsOf(scheduler: string) {
  const started = (['compute', 'forward', 'load', 'rotate'] as const).map((name) =>
    vi.spyOn(LayerMachine.prototype, name),
  )
  const starts = () => started.reduce((sum, { mock }) => sum + mock.calls.length, 0)
  const rounds = { held: 0, empty: 0 }
  vi.spyOn(LayerMachine.prototype, 'soon').mockImplementation(function (this: LayerMachine, round) {
    this.later(0, () => {
      const before = starts()
      round()
      rounds.held++
      if (starts() === before) rounds.empty++
    })
  })
  const hardware = frameHardware({ load: 7, hop: 3, compute: 5, pieces: 8 })
  const choices = Array.from({ length: 12 }, (_, token) => [token % 6, (token + 1) % 6, (token + 3) % 6])
  runLayer(scheduler, hardware, tinyModel(6, 8), workOf(choices, 6, buildTopology(hardware.topology)))
  return rounds
}

it.each(['fse-dp:slices=8', 'fse-dp:slices=8,slots=2,reserve=1'])(
  'rounds are held only where something can come of them, and of one in twenty at most nothing does: %s',
  (scheduler) => {
    const { held, empty } = roundsOf(scheduler)
    expect(held).toBeGreaterThan(50)
    expect(empty).toBeLessThan(held / 20)
  },
)
