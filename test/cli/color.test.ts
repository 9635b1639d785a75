// The colour rule, case by case.
import { expect, test } from 'vitest'
import { wantsColor } from '../../src/cli/color.ts'

const terminal = { write: () => true, isTTY: true }
const pipe = { write: () => true }

test.each([
  ['a terminal', undefined, {}, terminal, true],
  ['a pipe', undefined, {}, pipe, false],
  ['NO_COLOR on a terminal', undefined, { NO_COLOR: '1' }, terminal, false],
  ['an empty NO_COLOR, which does not count', undefined, { NO_COLOR: '' }, terminal, true],
  ['CI on a terminal', undefined, { CI: 'true' }, terminal, false],
  ['a dumb terminal', undefined, { TERM: 'dumb' }, terminal, false],
  ['FORCE_COLOR on a pipe', undefined, { FORCE_COLOR: '1' }, pipe, true],
  ['FORCE_COLOR against NO_COLOR', undefined, { FORCE_COLOR: '1', NO_COLOR: '1' }, pipe, true],
  ['FORCE_COLOR=0 on a terminal', undefined, { FORCE_COLOR: '0' }, terminal, false],
  ['--color on a pipe against NO_COLOR', true, { NO_COLOR: '1' }, pipe, true],
  ['--no-color on a terminal against FORCE_COLOR', false, { FORCE_COLOR: '1' }, terminal, false],
])('%s', (_name, flag, env, stream, wanted) => {
  expect(wantsColor(flag, env, stream)).toBe(wanted)
})
