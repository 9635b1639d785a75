// The process around main(): real streams, clock, signals and exit code.
import { availableParallelism, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { EXIT } from './failure.ts'
import { main } from './main.ts'
import { nodeIo } from './node/io.ts'
import { onEndingSignal } from './node/signals.ts'
import { standardStreams } from './node/streams.ts'
import { readVersion } from './node/version.ts'
import type { Ports } from './ports.ts'

/** Beside this file, in whichever build it is. */
const WORKER = fileURLToPath(new URL('../run/worker.js', import.meta.url))

/** Of the memory, for the heaps of all worker threads: the rest is for shared tables and for others. */
const HEAP_SHARE = 0.75

/** `onLong`: see Workers. */
export async function start(onLong?: () => void): Promise<void> {
  const { stdout, stderr, failure } = standardStreams((reason) => {
    stderr.write(`error: cannot write to standard output: ${reason}\n`)
    process.exitCode = EXIT.badInput
  })
  const ports: Ports = {
    io: { ...nodeIo, workers: { ...nodeIo.workers, file: WORKER, ...machine(), onLong } },
    stdout,
    stderr,
    env: process.env,
    version: readVersion(),
    nowMs: () => performance.now(),
    yieldToEvents: () => new Promise((resolve) => setImmediate(resolve)),
    onInterrupt: onEndingSignal,
  }
  // Set, never process.exit(): that would cut off what a pipe has not taken yet.
  const exitCode = await main(process.argv.slice(2), ports)
  // A result that nobody has is neither success nor a difference that a check found.
  const isLost = failure() !== undefined && exitCode <= EXIT.difference
  process.exitCode = isLost ? EXIT.badInput : exitCode
}

/** What this machine, or the part of it that a container leaves us, has for worker threads. */
function machine(): { threads: number; heapBytes: number } {
  const limitBytes = process.constrainedMemory()
  const memoryBytes = limitBytes > 0 ? Math.min(limitBytes, totalmem()) : totalmem()
  return { threads: availableParallelism(), heapBytes: HEAP_SHARE * memoryBytes }
}
