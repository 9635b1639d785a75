#!/usr/bin/env node
// Launcher: starts the compiled command line, bundled where it is, so that few files are opened.
import { existsSync } from 'node:fs'
import * as modules from 'node:module'

// Keeps compiled code from one process to the next. Node 20 has no such cache.
modules.enableCompileCache?.()
const entries = ['../dist/bundle/cli/start.js', '../dist/cli/start.js'].map(
  (path) => new URL(path, import.meta.url),
)
const entry = entries.find((url) => existsSync(url))
if (entry !== undefined) {
  const { start } = await import(entry.href)
  await start()
} else {
  process.stderr.write('error: moesim is not built yet; run "npm run build" in its folder first\n')
  process.exitCode = 2
}
