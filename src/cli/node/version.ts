// The version of moesim, as its package states it.
import { readFileSync } from 'node:fs'
import { nodeIo } from './io.ts'

export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(nodeIo.bundled('package.json'), 'utf8'))
  return (manifest as { version: string }).version
}
