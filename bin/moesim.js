#!/usr/bin/env node
// Launcher: starts the compiled command line.
import { existsSync } from 'node:fs'

const entry = new URL('../dist/cli/start.js', import.meta.url)
if (existsSync(entry)) {
  const { start } = await import(entry.href)
  await start()
} else {
  process.stderr.write('error: moesim is not built yet; run "npm run build" in its folder first\n')
  process.exitCode = 2
}
