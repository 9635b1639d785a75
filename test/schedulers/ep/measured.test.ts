// What a run does with tokens and kernels takes as long as the closed forms that are held against measured hardware.
import { expect, it } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { type Exchange, exchangePs } from '../../../src/hardware/exchange.ts'
import { kernelMemory, kernelPs, kernelShape, kernelTime } from '../../../src/hardware/kernel.ts'
import type { HardwareSpec } from '../../../src/hardware/spec.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import type { ModelShape } from '../../../src/model/shape.ts'
import { buildWork } from '../../../src/sim/batch.ts'
import { bundledIo } from '../../config/bundled-io.ts'
import { tinyModel } from '../../helpers/frames.ts'
import { runWorks } from '../stories.ts'

const DIES = 8
const EXPERTS = 64
const TOP_K = 8
const hardware: HardwareSpec = await loadHardware(bundledIo(), 'h100-sxm-8')
const model: ModelShape = {
  ...tinyModel(EXPERTS, 1, TOP_K),
  ...{ hidden: 4096, expertIntermediate: 1536, weightBytes: 2, activationBytes: 2 },
}

/** Every expert gets as many tokens of every die. */
function balancedWork(tokensPerDie: number) {
  const tokens = tokensPerDie * DIES
  const restingDie = Int32Array.from({ length: tokens }, (_, token) => Math.floor(token / tokensPerDie))
  const choices = Uint16Array.from({ length: tokens * TOP_K }, (_, pair) => {
    const token = Math.floor(pair / TOP_K)
    const slot = pair % TOP_K
    return (token + slot * (EXPERTS / TOP_K)) % EXPERTS
  })
  const rows = Int32Array.from({ length: tokens }, (_, token) => token)
  const iteration = { phase: 'decode' as const, rows, requests: rows }
  const layer = { layer: 0, iteration: 0, topK: TOP_K, experts: EXPERTS }
  return buildWork(layer, iteration, choices, restingDie, buildTopology(hardware.topology))
}

function kernelsPs(tokensPerDie: number): number {
  const { compute } = hardware
  if (compute.kind !== 'kernel') throw new Error('no kernels')
  const pairs = tokensPerDie * TOP_K
  const meanRows = (pairs * DIES) / EXPERTS
  const expertRows = Array<number>(EXPERTS / DIES).fill(meanRows)
  const work = { expertRows, meanRows, pairs, tokens: tokensPerDie, addedPairs: pairs / DIES }
  return kernelPs(kernelTime(compute, kernelMemory(hardware), kernelShape(model), work))
}

/** Low-latency kernels: a copy and a message for each expert. */
function exchange(tokensPerDie: number, isCombine: boolean): Exchange {
  const copyBytes = model.hidden * model.activationBytes
  return {
    tokensPerDie,
    copyBytes,
    copies: { inner: (TOP_K * (DIES - 1)) / DIES, outer: 0, staying: TOP_K / DIES },
    messages: { inner: EXPERTS, outer: 0 },
    ...(isCombine && { results: { count: TOP_K, bytes: copyBytes } }),
  }
}

it.each([8, 64, 256])('%i tokens on each of eight GPUs', (tokensPerDie) => {
  const { latenciesPs } = runWorks('ep:combine=true', hardware, model, [balancedWork(tokensPerDie)])
  const closedPs =
    exchangePs(hardware, exchange(tokensPerDie, false)) +
    kernelsPs(tokensPerDie) +
    exchangePs(hardware, exchange(tokensPerDie, true))
  expect(latenciesPs[0]! / closedPs).toBeGreaterThan(0.97)
  expect(latenciesPs[0]! / closedPs).toBeLessThan(1.03)
})
