// npm run bench: every benchmark. `npm run bench -- adaptive`: those with this in the name of their file or, of CPU times beside
// those of the last release and their limits, in their own.
import { spawnSync } from 'node:child_process'

const words = process.argv.slice(2)
const commands = [
  ['node_modules/vitest/vitest.mjs', 'bench', '--run', '--passWithNoTests', ...words],
  ['bin/tool.mjs', 'test/bench/ratios/main.ts', ...words.flatMap((word) => ['--only', word])],
]
for (const command of commands) {
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
