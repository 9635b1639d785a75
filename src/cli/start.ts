// The process around main(): real streams, clock, signals and exit code.
import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { main } from './main.ts'
import { nodeIo } from './node/io.ts'
import type { Ports } from './ports.ts'

/** Of the memory, for the heaps of all worker threads: the rest is for shared tables and for others. */
const HEAP_SHARE = 0.75

export async function start(): Promise<void> {
  // A reader that has seen enough (`moesim ... | head -1`) is no failure, nor does it turn one into success: what it does not
  // take is dropped, and the work goes on to its exit code.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  const ports: Ports = {
    io: { ...nodeIo, workers: { ...nodeIo.workers, ...machine() } },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    version: readVersion(),
    nowMs: () => performance.now(),
    yieldToEvents: () => new Promise((resolve) => setImmediate(resolve)),
    onInterrupt,
  }
  // Set, never process.exit(): that would cut off what a pipe has not taken yet.
  process.exitCode = await main(process.argv.slice(2), ports)
}

/** What this machine, or the part of it that a container leaves us, has for worker threads. */
function machine(): { threads: number; heapBytes: number } {
  const limitBytes = process.constrainedMemory()
  const memoryBytes = limitBytes > 0 ? Math.min(limitBytes, totalmem()) : totalmem()
  return { threads: availableParallelism(), heapBytes: HEAP_SHARE * memoryBytes }
}

/** The first Ctrl-C asks for an orderly end; a second one does not wait for it. */
function onInterrupt(callback: () => void): () => void {
  const listener = () => {
    callback()
    process.once('SIGINT', () => process.exit(130))
  }
  process.once('SIGINT', listener)
  return () => process.off('SIGINT', listener)
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(nodeIo.bundled('package.json'), 'utf8'))
  return (manifest as { version: string }).version
}
