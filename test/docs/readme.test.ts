// The README is short, starts with the two commands of a fresh clone, and leads to every other document.
import { expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'
import { DOCUMENTS, readFile } from './documents.ts'

const MOST_BYTES = 12_000
const readme = readFile('README.md')

test('the README starts with the two commands of a fresh clone', () => {
  expect(readme).toMatch(/^# moesim\n\n```sh\nnpm ci && npx moesim run\nnpm ci && npm test\n```\n/)
})

test(`the README has at most ${MOST_BYTES} bytes: the rest belongs into docs/`, () => {
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(MOST_BYTES)
})

test('the README shows the output of the demo, and one hardware and one model file in full', () => {
  expect(readme).toContain('```console\n$ npx moesim run\n')
  expect(readme).toMatch(/^<!-- file: configs\/hardware\/.*\.yaml -->$/m)
  expect(readme).toMatch(/^<!-- file: configs\/models\/.*\.yaml -->$/m)
})

test('the README links to every document in docs/', () => {
  const others = DOCUMENTS.filter((path) => path !== 'README.md')
  expect(others.filter((path) => !readme.includes(`](${path})`))).toEqual([])
})

test('the README says of streaming through a small buffer what a run of it gives', async () => {
  const { stdout } = await runCli(['run', '--scheduler', 'ep-tiled'])
  const [, latency, memory] =
    /`--scheduler ep-tiled`\)[^.]*: (\d+\.\d ms) with (\d\.\d+ MB)\./.exec(readme.replaceAll('\n', ' ')) ?? []
  expect(stdout).toMatch(new RegExp(`^ep-tiled +${latency} +1\\.00`, 'm'))
  expect(stdout).toMatch(new RegExp(`^ep-tiled +\\S+ MB +${memory}`, 'm'))
})
