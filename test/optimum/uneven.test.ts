// Slices of whole bytes: what lies in one place is no more than its bytes.
import { expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import { expertBytes } from '../../src/model/shape.ts'
import { demandOf } from '../../src/optimum/demand.ts'
import { givenHolders } from '../../src/optimum/holders.ts'
import { regionsOf } from '../../src/optimum/regions.ts'
import { tinyModel, workOf } from '../helpers/frames.ts'
import { scriptHardware } from '../sim/scripted.ts'

it('counts slices behind one channel as the smallest that they may be, and what is held as the largest', () => {
  const model = tinyModel(1, 1)
  const pkg = packageOf({ hardware: scriptHardware, model, compat: 'physical' })
  const demand = demandOf(workOf([[0], [0], [0], [0]], 1, pkg.topology), pkg)
  const bytes = expertBytes(model)
  const slices = 7
  const held = {
    slices,
    inMemory: (_: number, die: number) => [4, 3, 0, 0][die]! / 7,
    onDie: () => 0,
    isAnyOnDies: false,
  }
  const { groups, heldInside } = givenHolders(demand, held)
  const small = Math.floor(bytes / slices)
  const read = groups.map(({ experts }) => Math.round(experts * bytes))
  expect(read).toEqual([4 * small, 3 * small])
  const dieOne = regionsOf(pkg).find(({ isInside }) => isInside.join('') === '0100')!
  expect(heldInside(0, dieOne.isInside) * bytes).toBeCloseTo(3 * (small + 1), 6)
})
