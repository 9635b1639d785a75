// Every relative link of the documents leads to a file, and to a heading where it names one.
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { DOCUMENTS, FURTHER_DOCUMENTS, ROOT, readFile } from './documents.ts'

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .replaceAll(/[`*]/g, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const anchors = (path: string) =>
  [...readFile(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!))

/** Relative links of a document that lead nowhere. */
function broken(path: string, markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file, anchor] = target.split('#') as [string, string | undefined]
      const to = file === '' ? path : normalize(join(dirname(path), file))
      return !existsSync(join(ROOT, to)) || (anchor !== undefined && !anchors(to).includes(anchor))
    })
}

test.each([...DOCUMENTS, ...FURTHER_DOCUMENTS])('every relative link of %s resolves', (path) => {
  expect(broken(path, readFile(path))).toEqual([])
})

test('broken links are seen: a missing file, a missing heading, a path from the wrong folder', () => {
  const text =
    '[a](gone.md) [b](ci.md) [c](ci.md#on-github) [d](ci.md#on-nothing) [e](docs/ci.md) [f](https://x.y/gone.md)'
  expect(broken('docs/metrics.md', text)).toEqual(['gone.md', 'ci.md#on-nothing', 'docs/ci.md'])
})
