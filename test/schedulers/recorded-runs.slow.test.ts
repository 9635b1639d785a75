// What every scheduler does on small machines of every kind, span by span, as it was when last looked at.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { randomStream } from '../../src/engine/random.ts'
import { UserError } from '../../src/errors.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { presets, resolveScheduler } from '../../src/schedulers/table.ts'
import { simulateChain } from '../../src/sim/ahead/chain.ts'
import type { Span } from '../../src/sim/probe.ts'
import { kernelMachines, madeUp, pair } from './machines.ts'
import { schedulerTexts } from './recorded-texts.ts'
import { rowSetting } from './rows.ts'
import { allVariants, canRunOn, modelOf, runWorks, type Story, worksOf } from './stories.ts'

const [kernels, nodes] = kernelMachines as [HardwareSpec, HardwareSpec]
const own = madeUp.find(({ name }) => name === 'own-memory-5x5')!
const MACHINES: readonly HardwareSpec[] = [
  ...madeUp,
  ...kernelMachines,
  { ...kernels, name: 'kernels-in-sram', activations: 'sram' },
  {
    ...nodes,
    name: 'kernels-3-nodes',
    topology: { ...nodes.topology, kind: 'nodes', count: 3, node: { kind: 'crossbar', dies: 2 }, width: 0.5 },
    memory: { ...nodes.memory, channelDies: [0, 1, 2, 3, 4, 5] },
  },
  // Of few replicas most have to leave again.
  {
    ...own,
    name: 'tight-memory-3x2',
    topology: { kind: 'mesh', columns: 3, rows: 2, numbering: 'row-major' },
    memory: { ...own.memory, capacityBytes: 6 * 18_432, channelDies: [0, 1, 2, 3, 4, 5] },
  },
]
const TIGHT = MACHINES.at(-1)!
/** On the tight machine: what of replicas stays is decided there. */
const OF_REPLICAS = [
  ...['forecast-prefetch', 'forecast-prefetch:predictor=oracle', 'forecast-prefetch:evict=benefit'],
  ...['forecast-prefetch:evict=benefit,predictor=popularity', 'forecast-prefetch:ahead=1,into=memory'],
  'pred-only',
]
/** On every machine that they can run on: what texts in turn come to is not all that machines differ in. */
const EVERYWHERE = [
  ...['adaptive', 'adaptive:combine=true', 'hydra:combine=true', 'least-loaded', 'tp', 'round-robin'],
  ...['adaptive:copies=0', 'forecast-prefetch'],
  ...['ep:dispatch=die,combine=true', 'ep:dispatch=node,combine=true', 'ep:dispatch=die,batches=2'],
]
/** What is streamed slice by slice takes longest. */
const machinesPerText = (text: string) => (text.startsWith('fse-dp') ? 1 : 2)
/** A preset is a scheduler under options, which are changed there. */
const isOfPreset = (text: string) => text.includes(':') && text.split(':')[0]! in presets

const shortDigest = (bytes: Float64Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 8)

const numbersOf = ({ die, peer, startPs, endPs, expert, slice, tokens, bytes }: Span) => [
  ...[die, peer, startPs, endPs],
  ...[expert, slice, tokens, bytes],
]

function storyOf(name: string): Story {
  const random = randomStream(11, name)
  const between = (least: number, most: number) => least + Math.floor((most - least + 1) * random())
  return {
    ...{ experts: between(4, 20), topK: between(1, 4), requests: between(2, 5), prefill: between(1, 5) },
    ...{ decode: between(1, 3), skew: between(0, 2), seed: between(0, 1e6) },
  }
}

/** Layers in a row: their times, and how many bytes were read, ahead, to use and in vain, and crossed links. */
async function rowLine(text: string, hardware: HardwareSpec, story: Story): Promise<string> {
  const { resolved } = resolveScheduler(splitSchedulerText(text)!, 'physical')
  const layers = await simulateChain(rowSetting(story, hardware), resolved!)
  const moved = layers.map(({ traffic }) =>
    [
      ...[traffic.weightReadBytes, traffic.aheadReadBytes, traffic.aheadUsedBytes, traffic.aheadVainBytes],
      ...[traffic.replicaWriteBytes, traffic.linkBytes],
    ].join(' '),
  )
  return `${layers.map(({ latencyPs }) => latencyPs).join(' ')}, ${moved.join(' / ')}`
}

/** The times of iterations, and a digest of all that took time on a die. */
function layerLine(text: string, hardware: HardwareSpec, story: Story): string {
  const { latenciesPs, spans } = runWorks(
    text,
    hardware,
    modelOf(story),
    worksOf(story, buildTopology(hardware.topology)),
  )
  const all = spans.flat()
  const digest = shortDigest(Float64Array.from(all.flatMap(numbersOf)))
  return `${latenciesPs.join(' ')}, ${all.length} spans ${digest}`
}

async function lineOf(text: string, hardware: HardwareSpec): Promise<string> {
  const story = storyOf(`${text} ${hardware.name}`)
  try {
    const line = /ahead=[1-9]/.test(text) ? rowLine : layerLine
    return `${text} on ${hardware.name}: ${await line(text, hardware, story)}`
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return `${text} on ${hardware.name}: ${error.message}`
  }
}

test('runs on small machines do to the picosecond what they did (vitest -u records it anew)', async () => {
  const texts = [...new Set([...allVariants(), ...schedulerTexts()])].filter(
    (text) =>
      !isOfPreset(text) && resolveScheduler(splitSchedulerText(text)!, 'physical').resolved !== undefined,
  )
  const lines: string[] = []
  for (const [t, text] of texts.entries()) {
    const fitting = MACHINES.filter((hardware) => canRunOn(text, hardware))
    for (let turn = 0; turn < machinesPerText(text); turn++) {
      lines.push(await lineOf(text, fitting[(t * machinesPerText(text) + turn) % fitting.length]!))
    }
  }
  for (const text of OF_REPLICAS) lines.push(await lineOf(text, TIGHT))
  for (const text of EVERYWHERE) {
    const fitting = [...MACHINES, pair].filter((hardware) => canRunOn(text, hardware))
    for (const machine of fitting) lines.push(await lineOf(text, machine))
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-runs.txt')
})
