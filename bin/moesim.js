#!/usr/bin/env node
// Launcher: starts the compiled command line, bundled where it is, so that few files are opened.
import { existsSync } from 'node:fs'
import * as modules from 'node:module'
import { setFlagsFromString } from 'node:v8'

// Most runs are short, and the optimizing compilers would take a third of their time: they start later (Node 20 has another name
// for that), and inline less until a run turns out to be long.
const INLINES = '--max-inlined-bytecode-size-cumulative='
/** V8's own. */
const USUAL = 920
const LATER =
  Number.parseInt(process.versions.node, 10) < 22
    ? ['--interrupt-budget=400000']
    : ['--invocation-count-for-maglev=2000', '--invocation-count-for-turbofan=15000']
for (const flag of [...LATER, `${INLINES}200`]) setFlagsFromString(flag)
// Keeps compiled code from one process to the next. Node 20 has no such cache.
modules.enableCompileCache?.()
const entries = ['../dist/bundle/cli/start.js', '../dist/cli/start.js'].map(
  (path) => new URL(path, import.meta.url),
)
const entry = entries.find((url) => existsSync(url))
if (entry !== undefined) {
  const { start } = await import(entry.href)
  await start(() => setFlagsFromString(`${INLINES}${USUAL}`))
} else {
  process.stderr.write('error: moesim is not built yet; run "npm run build" in its folder first\n')
  process.exitCode = 2
}
