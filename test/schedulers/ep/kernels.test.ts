// Which options of launches, dispatch and batches do not go together.
import { expect, it } from 'vitest'
import type { Compat } from '../../../src/hardware/package.ts'
import { type KernelOptions, kernelConflict } from '../../../src/schedulers/ep/kernels.ts'

const plain: KernelOptions = {
  ...{ launch: 'auto', dispatch: 'expert', sends: 'all', batches: 1 },
  ...{ prefetch: 0, slices: 1 },
}
const says = (change: Partial<KernelOptions>, compat: Compat = 'physical') =>
  kernelConflict({ ...plain, ...change }, compat)?.what ?? 'nothing'

it('stages and batches are of tokens that are sent once for each die or node', () => {
  expect(says({ sends: 'staged' })).toMatch(/^ep: sends=staged needs/)
  expect(says({ batches: 2 })).toMatch(/^ep: batches=2 needs/)
  for (const dispatch of ['die', 'node'] as const) {
    expect(says({ dispatch, sends: 'staged' })).toBe('nothing')
    expect(says({ dispatch, batches: 2 })).toBe('nothing')
  }
})

it('batches need kernels that take all experts at once', () => {
  const two = { dispatch: 'die', batches: 2 } as const
  for (const change of [{ prefetch: 1 }, { slices: 2 }, { launch: 'expert' }] as const) {
    expect(says({ ...two, ...change })).toBe('ep:batches=2 takes no launch=expert, no prefetch and no slices')
    expect(says({ ...change, dispatch: 'die' })).toBe('nothing')
  }
  expect(says({ ...two, launch: 'die' })).toBe('nothing')
})

it('kernels that take all experts at once read weights as they multiply', () => {
  expect(says({ launch: 'die' })).toBe('nothing')
  for (const change of [{ prefetch: 1 }, { slices: 2 }]) {
    expect(says({ ...change, launch: 'die' })).toBe('ep: launch=die takes no prefetch and no slices')
  }
})

it('compat: paper sends token by token and computes expert by expert', () => {
  for (const change of [{ launch: 'die' }, { dispatch: 'die' }, { dispatch: 'node' }] as const) {
    expect(says(change, 'paper')).toBe('ep takes no launch=die and no dispatch under compat: paper')
  }
  expect(says({ launch: 'expert' }, 'paper')).toBe('nothing')
})
