// Cases of configs: bundled ones and made-up ones of every part, with some of them changed, validated and run.
import fc from 'fast-check'
import { parse, stringify } from 'yaml'
import { bundledFiles } from '../config/bundled-io.ts'
import { bundled, bundledWith } from './bundled-with.ts'
import { editText, editTree, textEdits, treeEdits } from './edits.ts'
import { HUGGING_FACE } from './hugging-face.ts'
import { machines } from './machines.ts'
import { orderly } from './orderly.ts'

const trees = bundledFiles.map(({ folder, file }) =>
  parse(bundled.text(`bundled:/configs/${folder}/${file}`)!),
)
/** Short, whatever the file asks for. */
const SHORT = ['--tokens', '6', '--layers', 'sample:1', '--seeds', '1', '--quiet']

const written = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('yaml' as const) },
  { weight: 2, arbitrary: fc.constantFrom('json' as const) },
)

/** A whole experiment, hardware and model written out in it. */
const experiments = machines.map(({ experiment }) => experiment)

export const configCases = () =>
  fc.asyncProperty(
    fc.record({
      base: fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom<unknown>(...trees) },
        { weight: 2, arbitrary: fc.constantFrom<unknown>(...HUGGING_FACE) },
        { weight: 3, arbitrary: experiments },
      ),
      ...{ edits: treeEdits, written },
      textEdits: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, textEdits),
    }),
    async ({ base, edits, written, textEdits }) => {
      const tree = editTree(base, edits, trees)
      const plain = written === 'json' ? JSON.stringify(tree, null, 1) : stringify(tree)
      const text = editText(plain ?? '', textEdits)
      const path = `c.${written}`
      const io = () => bundledWith({ [path]: text })
      const { exitCode, stdout } = await orderly(['validate', path, '--show-defaults'], io(), text)
      if (exitCode !== 0) return
      if (stdout.includes('"schedulers"')) await orderly(['run', path, ...SHORT], io(), text)
      else if (stdout.includes('"topology"')) {
        await orderly(['run', '--hardware', path, '--model', 'deepseek-v2-lite', ...SHORT], io(), text)
      } else await orderly(['run', '--model', path, ...SHORT, '--scheduler', 'ep'], io(), text)
    },
  )
