// What is read out of experiments on machines of every kind, in base units, as it was when last looked at.
import { expect, test } from 'vitest'
import { canonicalSections, plain } from '../../src/config/canonical.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { RECORDED } from '../sim/recorded-cases.ts'
import { bundledIo } from './bundled-io.ts'

test('experiments are read as they were (vitest -u records them anew)', async () => {
  const lines: string[] = []
  for (const [name, file] of Object.entries(RECORDED)) {
    const io = bundledIo({ 'e.json': JSON.stringify(file) })
    const { experiment } = await loadExperiment(io, { file: 'e.json', flags: {}, sets: [] })
    // Options of schedulers are their own business.
    const { schedulers: _, ...sections } = canonicalSections(experiment)
    const texts = Object.entries(sections).map(([key, value]) => `  ${key} ${JSON.stringify(plain(value))}`)
    lines.push(name, ...texts, `  schedulers ${experiment.schedulers.map(({ id }) => id).join(' ')}`)
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded.txt')
})
