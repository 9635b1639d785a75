// Errors, warnings and notes on a terminal of some width, and where there is none.
import { expect, test } from 'vitest'
import { terminalLines } from '../../src/cli/terminal-lines.ts'
import { memoryIo } from '../helpers/memory-io.ts'
import { runCli } from '../helpers/run-cli.ts'

const terminal = (columns: number) => ({ isTTY: true, columns, write: () => true })

test('lines end between words, and are as long as the terminal is wide at most', () => {
  const text = 'one two three four five'
  expect(terminalLines(text, terminal(23))).toBe(text)
  expect(terminalLines(text, terminal(22))).toBe('one two three four\n  five')
  expect(terminalLines(text, terminal(13))).toBe('one two three\n  four five')
  expect(terminalLines(text, terminal(10))).toBe('one two\n  three\n  four\n  five')
})

test('a word that is longer than a line, and what is quoted, stay whole', () => {
  expect(terminalLines('see configs/hardware/fse-dp-2x2.yaml now', terminal(12))).toBe(
    'see\n  configs/hardware/fse-dp-2x2.yaml\n  now',
  )
  expect(terminalLines('try "moesim list all hardware", maybe', terminal(16))).toBe(
    'try\n  "moesim list all hardware",\n  maybe',
  )
  // A quotation mark that is never closed.
  expect(terminalLines('is 5" wide and long', terminal(12))).toBe('is 5" wide\n  and long')
})

test('files and pipes get each text as one line', () => {
  const text = 'one two three'
  expect(terminalLines(text, { write: () => true })).toBe(text)
  expect(terminalLines(text, { write: () => true, columns: 5 })).toBe(text)
  expect(terminalLines(text, { write: () => true, isTTY: true })).toBe(text)
})

test('an error says its piece in lines, above the source line and its caret as they are', async () => {
  const source = `hardware: {${' '.repeat(90)}colour: red}`
  const setting = { io: memoryIo({ 'e.yaml': `${source}\n` }), isTTY: true, env: { NO_COLOR: '1' } }
  const { stderr } = await runCli(['validate', 'e.yaml'], { ...setting, columns: 60 })
  const whole = (await runCli(['validate', 'e.yaml'], setting)).stderr
  const isSource = (line: string) => /^ *\d* \| /.test(line)
  const prose = stderr.split('\n').filter((line) => !isSource(line))
  expect(prose[0]).toMatch(/^e\.yaml:1:\d+ error: /)
  expect(prose.length).toBeGreaterThan(whole.split('\n').filter((line) => !isSource(line)).length)
  for (const line of prose) expect(line.length).toBeLessThanOrEqual(60)
  expect(stderr.split('\n').filter(isSource)).toEqual(whole.split('\n').filter(isSource))
  expect(stderr.replaceAll(/\n {2}(?=\S)/g, ' ')).toBe(whole)
})
