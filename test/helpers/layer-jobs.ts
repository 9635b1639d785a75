// Small layer jobs for tests of what runs them, and the real Io with worker threads.
import { nodeIo } from '../../src/cli/node/io.ts'
import type { Io } from '../../src/io.ts'
import type { JobSetting, LayerJob } from '../../src/run/jobs.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import { frameHardware, tinyModel } from './frames.ts'

const TOKENS = 24
const EXPERTS = 8
const DIES = 4
const LAYERS = [0, 1, 2, 3, 4, 5, 6, 7]

/** One iteration of tokens that choose one expert each, another one in every layer, on 2x2 dies. */
export function tinySetting(changes: Partial<JobSetting> = {}): JobSetting {
  return {
    hardware: frameHardware({ load: 4, hop: 1, compute: 2, pieces: 2 }),
    model: tinyModel(EXPERTS, 2),
    compat: 'physical',
    seed: 1,
    jitter: 0,
    iterations: [
      {
        phase: 'decode',
        rows: Int32Array.from({ length: TOKENS }, (_, i) => i),
        requests: new Int32Array(TOKENS),
      },
    ],
    restingDie: [Int32Array.from({ length: TOKENS }, (_, i) => Math.floor(i / (TOKENS / DIES)))],
    routing: {
      kind: 'tables',
      sha256: 'tiny',
      tokens: Int32Array.of(TOKENS),
      tables: new Map(
        LAYERS.map((layer) => [
          layer,
          Uint16Array.from({ length: TOKENS }, (_, i) => (i * i + layer * layer) % EXPERTS),
        ]),
      ),
    },
    ...changes,
  }
}

/** The same with all tokens on one die. */
export const onOneDie = () => tinySetting({ restingDie: [new Int32Array(TOKENS)] })

export const ep = {
  id: 'ep',
  scheduler: 'ep',
  options: resolveScheduler(splitSchedulerText('ep')!, 'physical').resolved!.options,
}

export const tinyJob = (layer: number, setting = tinySetting()): LayerJob => ({
  kind: 'layers',
  setting,
  layers: [layer],
  schedulers: [ep],
})

/** Threads run a build of the source as it is: see built.ts. */
export const withThreads = (threads: number, changes: Partial<Io> = {}): Io => ({
  ...nodeIo,
  ...changes,
  workers: { ...nodeIo.workers, threads },
})
