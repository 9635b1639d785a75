// docs/accuracy.md holds every error of the models to what is printed there, so that none grows unseen: most of a minute.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { built } from '../helpers/built.ts'
import { ROOT, readFile } from './documents.ts'
import { renewed } from './renewed.ts'

const PAGE = 'docs/accuracy.md'

test(`${PAGE} shows exactly what fidelity prints; one limit is known to be missed`, async () => {
  // A process of its own: tests' code is slower than built code, which counts here.
  const program = [built('bin', 'moesim.js'), 'fidelity', '--quiet', '--wide']
  const fidelity = spawnSync(process.execPath, program, { encoding: 'utf8' })
  const page = await renewed(readFile(PAGE), async (argv) => {
    expect(argv).toEqual(['fidelity', '--quiet', '--wide'])
    return fidelity
  })
  await expect(page).toMatchFileSnapshot(`${ROOT}${PAGE}`)
  const over = fidelity.stdout.split('\n').filter((line) => line.includes(' OVER '))
  expect(over.map((line) => line.split(' ')[0])).toEqual(['moe_dispatch'])
  expect(fidelity.stderr).toContain('over its limit')
  expect(fidelity.status).toBe(1)
  expect(page).toContain('```console\n$ npx moesim fidelity --quiet --wide\n')
})
