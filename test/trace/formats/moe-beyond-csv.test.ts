// The CSV of gate hooks: layer after layer, quoted lists, tokens with commas, quotes and line ends of both kinds.
import { describe, expect, it } from 'vitest'
import { describe as text } from '../../../src/errors.ts'
import type { Io } from '../../../src/io.ts'
import { openTrace } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { findingsOf, IDS, idsOf, MINI, open, read, refusalOf } from './mini.ts'

const HEADER = 'Layer ID,Batch Number,Token,Activated Expert IDs'
const PIECES = ['"a,""b"""', '<s>', 'Ġtext']
const rows = [1, 3].flatMap((layer, l) =>
  IDS.map((ids, t) => `${layer},0,${PIECES[t]},"[${ids[l]!.join(', ')}]"`),
)
const csv = (...lines: readonly string[]) => `${[HEADER, ...lines].join('\r\n')}\r\n`
const good = csv(...rows)
const changed = (line: number, from: string, to: string) =>
  csv(...rows.map((row, i) => (i === line ? row.replace(from, to) : row)))

describe('a CSV of gate hooks', () => {
  it.each([
    ['CRLF, as it is written', good],
    ['LF', good.replaceAll('\r\n', '\n')],
    ['a byte order mark', `\uFEFF${good}`],
    ['no line end at its end', good.trimEnd()],
    ['empty lines', good.replaceAll('\r\n', '\r\n\r\n')],
    ['quotes around its header', good.replace(HEADER, HEADER.replaceAll(/[^,]+/g, '"$&"'))],
    ['a token that goes over two lines', good.replaceAll('<s>', '"one\r\ntwo"')],
    ['lists without blanks', good.replaceAll(', ', ',')],
  ])('with %s is one prompt', async (_, content) => {
    const source = await open({ 'p.csv': content }, 'p.csv')
    expect(source.requests).toEqual([{ id: 'p', prefillTokens: 3, tokens: 3 }])
    expect(source.layers).toEqual([1, 3])
    expect(idsOf(source)).toEqual(IDS)
  })

  it('counts as recorded in its phases: it is one pass over a prompt', async () => {
    expect(await read({ 'p.csv': good }, 'p.csv')).toMatchObject({ isPhaseAssumed: false })
  })
})

describe('a CSV of gate hooks is refused', () => {
  it.each([
    ['with an id out of range', changed(1, '[4, 5]', '[4, 8]'), 3, 'layer 1, token 1: trace has expert 8'],
    ['with an id twice', changed(1, '[4, 5]', '[4, 4]'), 3, 'expert 4 stands twice'],
    [
      'with a list of another length',
      changed(1, '[4, 5]', '[4]'),
      3,
      'row has 1 expert, model mini routes top-2',
    ],
    [
      'with a list that is no list',
      changed(1, '[4, 5]', '4 5'),
      3,
      'ids must be a list such as [3, 5], got "4 5"',
    ],
    [
      'with an id that is no decimal',
      changed(1, '[4, 5]', '[04, 5]'),
      3,
      'ids must be a list such as [3, 5]',
    ],
    ['with a negative id', changed(1, '[4, 5]', '[-1, 5]'), 3, 'ids must be a list such as [3, 5]'],
    [
      'with a layer that is no number',
      changed(0, '1,', 'one,'),
      2,
      'Layer ID must be a whole number, got "one"',
    ],
    [
      'with a dense layer',
      csv(...rows.map((row) => row.replace(/^3/, '2'))),
      5,
      'layer 2 is not a MoE layer of model mini',
    ],
    ['with layers that descend', csv(...rows.slice(3), ...rows.slice(0, 3)), 5, 'layer 1 follows layer 3'],
    [
      'with a second batch',
      changed(2, ',0,', ',1,'),
      4,
      'Batch Number must be 0, got "1"; one file is one prompt',
    ],
    ['with a row of three fields', changed(2, 'Ġtext,', ''), 4, 'a row has 4 fields, this one 3'],
    [
      'with another token text in another layer',
      changed(4, '<s>', 'x'),
      6,
      'token 1 is "x" in layer 3 and "<s>" in the first layer',
    ],
    ['with a quote that never ends', changed(5, ']"', ']'), undefined, 'not a CSV row: '],
    ['with a header alone', csv(), 1, 'the file has no rows'],
  ])('%s', async (_, content, line, message) => {
    const [first] = await findingsOf(open({ 'p.csv': content }, 'p.csv'))
    expect(first!.file).toBe('p.csv')
    expect(text(first!)).toContain(message)
    if (line !== undefined) expect(first!.span?.line).toBe(line)
  })

  it.each([
    ['LF', (content: string) => content.replaceAll('\r\n', '\n'), 3],
    ['empty lines', (content: string) => content.replaceAll('\r\n', '\r\n\r\n'), 5],
    ['a token over two lines before it', (content: string) => content.replaceAll(PIECES[0]!, '"x\r\ny"'), 4],
    ['no line end at its end', (content: string) => content.slice(0, content.indexOf('8]"') + 3), 3],
  ])('naming the right line with %s', async (_, change, line) => {
    const [first] = await findingsOf(open({ 'p.csv': change(changed(1, '[4, 5]', '[4, 8]')) }, 'p.csv'))
    expect(first!.span).toMatchObject({ line, lineText: '1,0,<s>,"[4, 8]"' })
  })

  it('with a row missing in one layer: its tokens no longer match', async () => {
    expect(await refusalOf({ 'p.csv': csv(...rows.toSpliced(4, 1)) }, 'p.csv')).toContain(
      'token 1 is "Ġtext" in layer 3 and "<s>" in the first layer; rows are missing',
    )
  })

  it('with its last row missing', async () => {
    expect(await refusalOf({ 'p.csv': csv(...rows.slice(0, -1)) }, 'p.csv')).toContain(
      'ragged: request "p" has 2 tokens in layer 3 and 3 in layer 1',
    )
  })

  it('with bytes that are not UTF-8, and with NUL', async () => {
    const broken = Buffer.from(good.repeat(1))
    broken[broken.indexOf('text')] = 0xff
    expect(await refusalOf({ 'p.csv': broken }, 'p.csv')).toContain('not UTF-8 text')
    expect(await refusalOf({ 'p.csv': good.replace('text', 'te\0t') }, 'p.csv')).toContain('NUL byte')
  })

  it('with another header, where it is said to be one', async () => {
    const action = read({ 'p.csv': 'layer_id,expert_ids\n3,52 40\n' }, 'p.csv', { from: 'moe-beyond-csv' })
    const [first] = await findingsOf(action)
    expect(first).toMatchObject({ span: { line: 1 }, args: { what: `header must be ${HEADER}` } })
  })

  it('with a line of a gigabyte, of which only the beginning is looked at', async () => {
    let bytes = 0
    const chunk = Buffer.alloc(2 ** 20, 'x')
    const io: Io = {
      ...memoryIo({ 'p.csv': good }),
      async *read() {
        yield Buffer.from(`${HEADER}\n1,0,"`)
        for (; bytes < 2 ** 30; bytes += chunk.length) yield chunk
      },
    }
    const [first] = await findingsOf(openTrace(io, 'p.csv', MINI))
    expect(text(first!)).toBe('cannot read: a row is longer than 1048576 bytes')
    expect(bytes).toBeLessThan(2 ** 24)
  })
})
