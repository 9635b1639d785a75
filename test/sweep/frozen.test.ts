// Frozen copies: a shard plans its own points from one, and what is not of its plan is noticed.
import { expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { PLAN_FILE } from '../../src/sweep/folder.ts'
import { FROZEN_FILE, nameOf, thawnIfSame, thawSweep } from '../../src/sweep/frozen.ts'
import { planSweep } from '../../src/sweep/points.ts'
import { freezeSweep } from '../../src/sweep/store.ts'
import { memoryIo } from '../helpers/memory-io.ts'

const VERSION = '1.2.3'
const SECOND = { number: 2, of: 3 }
const REQUEST = { file: 's.yaml', sets: ['workload.iterations=2'], axes: ['seed=1,2,3'], constraints: [] }
const EXPERIMENT = `
hardware: h.yaml
model: qwen3-30b-a3b
workload: {tokens: 8}
layers: [0]
schedulers: [ep]
sweep:
  axes: {workload.tokens: [8, 16, 24], hardware.sram: [4 MiB, 8 MiB]}
  constraints: [sram > 5 MB]
`

/** A folder with an experiment and its hardware, and all that comes with moesim. */
async function frozenSweep() {
  const hardware = await readBundled('configs/hardware/fse-dp-2x2.yaml')
  const memory = memoryIo({ 's.yaml': EXPERIMENT, 'h.yaml': hardware })
  const isOurs = (path: string) => path.startsWith(nodeIo.bundled())
  const reads: string[] = []
  const io: typeof memory = {
    ...memory,
    bundled: nodeIo.bundled,
    hash: nodeIo.hash,
    stat: (path) => (isOurs(path) ? nodeIo : memory).stat(path),
    list: (path) => (isOurs(path) ? nodeIo : memory).list(path),
    read: (path) => {
      reads.push(path)
      return (isOurs(path) ? nodeIo : memory).read(path)
    },
  }
  const plan = await planSweep(io, REQUEST)
  await freezeSweep(io, 'dse', plan, VERSION)
  reads.length = 0
  return { io, plan, reads, hardware }
}

async function readBundled(path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of nodeIo.read(nodeIo.bundled(path))) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a shard has its own points of the plan, whatever becomes of the files', async () => {
  const { io, plan, reads } = await frozenSweep()
  expect(plan.points).toHaveLength(9)
  await io.write('s.yaml', 'broken')
  await io.write('h.yaml', 'broken')
  const shard = await thawSweep(io, `dse/${FROZEN_FILE}`, VERSION, SECOND)
  expect(shard.own).toEqual([plan.own[1], plan.own[4], plan.own[7]])
  const { name, axes, points, limits } = plan
  expect({ ...shard, own: [] }).toMatchObject({ name, axes, points, limits, source: plan.source })
  expect(reads).not.toContain('h.yaml')
  expect((await thawSweep(io, `dse/${FROZEN_FILE}`, VERSION, undefined)).own).toEqual(plan.own)
})

test('a shard of the experiment itself does the same as long as no file of it has changed', async () => {
  const { io, plan, hardware } = await frozenSweep()
  const found = () => thawnIfSame(io, 'dse', REQUEST, VERSION, SECOND)
  expect((await found())?.own).toEqual([plan.own[1], plan.own[4], plan.own[7]])
  expect(await thawnIfSame(io, 'dse', { ...REQUEST, axes: [] }, VERSION, SECOND)).toBeUndefined()
  expect(await thawnIfSame(io, 'dse', REQUEST, '1.2.4', SECOND)).toBeUndefined()
  expect(await thawnIfSame(io, 'elsewhere', REQUEST, VERSION, SECOND)).toBeUndefined()
  await io.write('h.yaml', `${hardware}# another\n`)
  expect(await found()).toBeUndefined()
})

test('a copy that is not of the plan beside it, of another version or no copy is refused', async () => {
  const { io, plan } = await frozenSweep()
  const file = `dse/${FROZEN_FILE}`
  const thawing = (version = VERSION) => thawSweep(io, file, version, SECOND)
  await expect(thawing('1.2.4')).rejects.toThrow('made by moesim 1.2.3; this is 1.2.4')
  await freezeSweep(io, 'other', { ...plan, points: plan.points.toSpliced(1, 1) }, VERSION)
  await io.write(`other/${FROZEN_FILE}`, io.text(file)!)
  await expect(thawSweep(io, `other/${FROZEN_FILE}`, VERSION, SECOND)).rejects.toThrow('not of the plan')
  expect(io.text(`other/${PLAN_FILE}`)).not.toBe(io.text(`dse/${PLAN_FILE}`))
  await io.write(file, '{}')
  await expect(thawing()).rejects.toThrow('not the frozen copy of a sweep')
})

test('a sweep has the name of its experiment, and none where that is broken', async () => {
  const { io } = await frozenSweep()
  expect(await nameOf(io, REQUEST)).toBe('s')
  await io.write('s.yaml', `name: mine\n${EXPERIMENT}`)
  expect(await nameOf(io, REQUEST)).toBe('mine')
  await io.write('s.yaml', 'hardware: 1')
  expect(await nameOf(io, REQUEST)).toBeUndefined()
})
