// The report of a reproduction, on a hand-made one.
import { describe, expect, test } from 'vitest'
import { chalkFor } from '../../../src/cli/color.ts'
import type { Row } from '../../../src/papers/figure.ts'
import type { Reproduction } from '../../../src/papers/reproduce.ts'
import { atMost } from '../../../src/papers/rules.ts'
import { dataFiles } from '../../../src/report/reproduce/data.ts'
import { reproductionFormats } from '../../../src/report/reproduce/reproduce.ts'

const band: Row = {
  id: 'F1-band',
  claim: 'Q1',
  what: 'speedup, "a, b"',
  config: 'some-experiment --tokens 16 --seed 7',
  published: { text: '2.00x (abstract)', value: 2 },
  ours: { value: 1.5, unit: 'ratio' },
  judgement: atMost(1.5, 1, 2),
  reason: 'so|so',
}
const context: Row = {
  ...band,
  id: 'F2-context',
  what: 'memory',
  published: null,
  ours: { value: 33_700_000, unit: 'B' },
  judgement: null,
  reason: 'nothing is said about it',
}
delete (context as { claim?: string }).claim

const reproduction: Reproduction = {
  paper: 'some-paper',
  title: 'Some paper',
  preface: ['no traces'],
  isQuick: true,
  seed: 7,
  shows: 'figures and claims',
  figures: [
    {
      id: 'F1',
      title: 'first',
      rows: [band],
      notes: ['two layers'],
      tables: [
        {
          name: 'curve',
          title: 'a curve',
          isPrinted: false,
          columns: [{ name: 'x, y' }, { name: 'latency', unit: 'ps' }, { name: 'use', unit: 'share' }],
          rows: [
            ['a', 1_500_000, 0.25],
            ['b "c"', 2, 1],
          ],
        },
      ],
    },
    {
      id: 'F2a',
      title: 'second',
      rows: [context],
      notes: [],
      tables: [
        {
          name: 'memory',
          title: 'peaks',
          isPrinted: true,
          columns: [{ name: 'model' }, { name: 'peak', unit: 'B' }, { name: 'DDR', unit: 'GB/s' }],
          rows: [['tiny', 33_700_000, 25.6]],
        },
      ],
    },
  ],
  claims: [band],
}
const noColor = chalkFor(false)

describe('as a table', () => {
  test('shows statement, number and verdict side by side, then the reason', () => {
    expect(
      reproductionFormats.table({ ...reproduction, shows: 'claims' }, noColor, false, Infinity),
    ).toBe(`Some paper
no traces
seed 7; --verbose and --format json tell the rule, the settings and the command of each row
QUICK: fewer layers, tokens and points than the paper; see the notes of each figure

claims: what the paper states
1 row as stated: 0 pass, 1 partly, 0 fail

statements
row      claim  reading  what             paper              ours  ratio  verdict
-------  -----  -------  ---------------  ----------------  -----  -----  -------
F1-band  Q1     -        speedup, "a, b"  2.00x (abstract)  1.50x  0.750  partly

why

F1-band: so|so

notes

F1: two layers
`)
  })

  test('shows verdicts before data, reasons and notes, and no row and no note twice', () => {
    const [first, second] = reproduction.figures
    const shared = { ...reproduction, figures: [first!, { ...second!, notes: ['two layers'] }] }
    const text = reproductionFormats.table(shared, noColor, false, Infinity)
    const at = (part: string) => text.indexOf(part)
    const parts = [
      'claims: what',
      'F2a: second',
      'F2-context ',
      'peaks',
      '\nwhy\n',
      'F1-band: so|so',
      '\nnotes\n',
    ]
    expect(parts.map(at)).toEqual(parts.map(at).toSorted((a, b) => a - b))
    expect(at('claims: what')).toBeGreaterThan(0)
    expect(text.match(/^F1-band +Q1/gm)).toHaveLength(1)
    // The only row of the first figure stands among the claims, and its curve goes to a file.
    expect(text).not.toContain('F1: first')
    expect(text.endsWith('\nF1, F2a: two layers\n')).toBe(true)
  })

  test('tells the rule, a reading and its settings, and how to run it where asked to', () => {
    const reading = { name: 'half rate', settings: 'the code has it: --set rate=1' }
    const read = { ...band, reading, detail: 'a 1, b 2' }
    const shown: Reproduction = {
      ...reproduction,
      shows: 'claims',
      claims: [read],
      figures: [{ ...reproduction.figures[0]!, rows: [read] }],
    }
    const text = reproductionFormats.table(shown, noColor, true, Infinity)
    expect(text).toContain(
      'readings: what the paper leaves open, read otherwise; chosen after seeing results\n',
    )
    expect(text).toContain(
      '\n0 rows as stated: 0 pass, 0 partly, 0 fail\n1 row under readings chosen after seeing results: 0 pass, 1 partly, 0 fail\n',
    )
    expect(text).toContain('F1-band  Q1     half rate  speedup')
    expect(text).toContain(
      'F1-band: so|so. a 1, b 2. Reading, chosen after seeing results: the code has it: --set rate=1. Rule: pass up to 1, partly up to 2. Run: some-experiment --tokens 16 --seed 7\n',
    )
    const { rows } = JSON.parse(reproductionFormats.json(shown, noColor, false))
    expect(rows[0].reading).toEqual({ ...reading, chosen: 'after seeing results' })
    expect(rows[0].detail).toBe('a 1, b 2')
  })

  test('prints short data tables and keeps long ones for files', () => {
    const text = reproductionFormats.table(reproduction, noColor, false, Infinity)
    expect(text).toContain('\npeaks\nmodel     peak  DDR [GB/s]\n')
    expect(text).toContain('tiny   33.7 MB        25.6\n')
    expect(text).not.toContain('a curve')
    expect(text).toContain('F2-context  -      -        memory  -      33.7 MB      -  -\n')
  })

  test('shows figures alone where one was asked for', () => {
    expect(
      reproductionFormats.table({ ...reproduction, shows: 'figures' }, noColor, false, Infinity),
    ).not.toContain('claims:')
  })
})

test('JSON has a row for every statement, with null where there is nothing to compare or judge', () => {
  const { rows, ...rest } = JSON.parse(reproductionFormats.json(reproduction, noColor, false))
  expect(rest).toEqual({
    paper: 'some-paper',
    quick: true,
    seed: 7,
    notes: [
      { figure: 'F1', notes: ['two layers'] },
      { figure: 'F2a', notes: [] },
    ],
  })
  expect(rows).toEqual([
    {
      id: 'F1-band',
      claim: 'Q1',
      reading: null,
      what: 'speedup, "a, b"',
      config: 'some-experiment --tokens 16 --seed 7',
      published: { text: '2.00x (abstract)', value: 2 },
      ours: { value: 1.5, unit: 'ratio' },
      ratio: 0.75,
      verdict: 'partly',
      rule: 'pass up to 1, partly up to 2',
      reason: 'so|so',
      detail: null,
    },
    expect.objectContaining({
      id: 'F2-context',
      claim: null,
      published: null,
      ratio: null,
      verdict: null,
      rule: null,
    }),
  ])
})

test('JSON refuses a number that it cannot hold', () => {
  const broken = { ...band, ours: { value: Number.NaN, unit: 'ratio' } }
  const figures = [{ ...reproduction.figures[0]!, rows: [broken] }]
  expect(() => reproductionFormats.json({ ...reproduction, figures }, noColor, false)).toThrow('NaN')
})

test('CSV quotes what needs it and shows the claims alone where they were asked for', () => {
  const lines = reproductionFormats.csv(reproduction, noColor, false).split('\n')
  expect(lines[0]).toBe(
    'id,claim,reading,settings,what,config,published,publishedValue,ours,unit,ci95,ratio,verdict,rule,reason,detail',
  )
  expect(lines[1]).toBe(
    'F1-band,Q1,,,"speedup, ""a, b""",some-experiment --tokens 16 --seed 7,2.00x (abstract),2,1.5,ratio,,0.75,partly,"pass up to 1, partly up to 2",so|so,',
  )
  expect(lines).toHaveLength(4)
  expect(
    reproductionFormats.csv({ ...reproduction, shows: 'claims' }, noColor, false).split('\n'),
  ).toHaveLength(3)
})

test('an interval stands behind the number, in tables and in data', () => {
  const sampled = { ...band, ours: { value: 1.5, unit: 'ratio', ci95: 0.25 } }
  const shown = { ...reproduction, shows: 'claims' as const, claims: [sampled] }
  expect(reproductionFormats.table(shown, noColor, false, Infinity)).toContain(' 1.50x ± 0.250x ')
  expect(reproductionFormats.csv(shown, noColor, false)).toContain(',1.5,ratio,0.25,0.75,partly,')
  expect(JSON.parse(reproductionFormats.json(shown, noColor, false)).rows[0].ours).toEqual(sampled.ours)
})

test('Markdown escapes what would end a cell', () => {
  const text = reproductionFormats.markdown(reproduction, noColor, false)
  expect(text).toContain('### notes\n\n- F1: two layers\n')
  expect(text).toContain(
    '| F1-band | Q1 | - | speedup, "a, b" | 2.00x (abstract) | 1.50x | 0.750 | partly |\n',
  )
  expect(text).toContain('- F1-band: so\\|so\n')
  const marked = { ...reproduction, shows: 'claims' as const, claims: [{ ...band, what: 'a|b_c' }] }
  expect(reproductionFormats.markdown(marked, noColor, false)).toContain(
    '| F1-band | Q1 | - | a\\|b\\_c | 2.00x',
  )
})

describe('data files', () => {
  test('are one for each table, shown or not, with units in the header and numbers in full', () => {
    expect(dataFiles(reproduction)).toEqual([
      {
        name: 'some-paper-f1-curve.csv',
        content: 'x_y,latency_ps,use\na,1500000,0.25\n"b ""c""",2,1\n',
      },
      { name: 'some-paper-f2a-memory.csv', content: 'model,peak_B,DDR_GB_per_s\ntiny,33700000,25.6\n' },
    ])
  })

  test('never get a name that leaves the folder', () => {
    const [figure] = reproduction.figures
    const tables = [{ ...figure!.tables[0]!, name: '../../etc' }]
    expect(() => dataFiles({ ...reproduction, figures: [{ ...figure!, tables }] })).toThrow('no name')
  })
})
