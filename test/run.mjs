// npm test: every test. `npm test -- --slow` also lists the ten that took longest; all else goes to vitest.
const SLOWEST = ['--reporter=default', '--reporter=./test/helpers/slowest.ts']

const given = process.argv.slice(2)
process.argv.splice(
  2,
  given.length,
  'run',
  ...given.flatMap((word) => (word === '--slow' ? SLOWEST : [word])),
)
await import('../node_modules/vitest/vitest.mjs')
