// `moesim fidelity` through the real command line, on a small reference folder made by hand and on what ships.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { runCli } from '../../helpers/run-cli.ts'

const STREAM =
  'mesh,preset,src,dst,packet_flits,total_flits,cycles\n8x8,noc,0,1,1,16,25\n8x8,noc,0,63,16,64,125\n'
const GEMM = (cycles: number) =>
  `dataflow,array,M,N,K,bandwidth_mode,compute_cycles\nws,32x32,1,64,64,CALC,379\nos,32x32,1,64,64,CALC,${cycles}\nws,32x32,1,64,64,USER,400\n`
const CLOSED = 'dataflow,array,M,N,K,compute_cycles_closed_form\nis,32x32,1,64,64,315\n'

/** The closed forms say 251 cycles for the os row and 315 for the is row. */
const folder = (cycles = 251) => ({
  'ref/booksim2/stream.csv': STREAM,
  'ref/scalesim/gemm_cycles.csv': GEMM(cycles),
  'ref/scalesim/gemm_cycles_closed_form.csv': CLOSED,
})
const fidelity = (argv: readonly string[], files: Readonly<Record<string, string>> = folder()) => {
  const io = memoryIo(files)
  return runCli(['fidelity', ...argv], { io }).then((run) => ({ ...run, io }))
}
const compute = ['compute', '--reference', 'ref']

describe('on a small folder', () => {
  test('prints a table of errors and verdicts', async () => {
    expect(await fidelity([...compute, '--wide'])).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: `compute: error of the time
                                   mean error  limit  worst  limit   bias
table                        rows         [%]    [%]    [%]    [%]    [%]  verdict   worst row
---------------------------  ----  ----------  -----  -----  -----  -----  --------  -----------------------
systolic runs                   2        0.00      0   0.00      0   0.00  ok        -
systolic closed forms           1        0.00      0   0.00      0   0.00  ok        -
systolic, limited bandwidth     1        5.25      -   5.25      -  -5.25  no limit  ws 32x32, M=1 K=64 N=64
`,
    })
  })

  test('prints every row with --rows', async () => {
    const { stdout } = await fidelity([...compute, '--rows'], folder(200))
    expect(stdout.slice(stdout.indexOf('systolic runs\n'))).toBe(`systolic runs
                         reference      ours  error
row                       [cycles]  [cycles]    [%]
-----------------------  ---------  --------  -----
ws 32x32, M=1 K=64 N=64        379       379   0.00
os 32x32, M=1 K=64 N=64        200       251  25.50

systolic closed forms
                         reference      ours  error
row                       [cycles]  [cycles]    [%]
-----------------------  ---------  --------  -----
is 32x32, M=1 K=64 N=64        315       315   0.00

systolic, limited bandwidth
                         reference      ours  error
row                       [cycles]  [cycles]    [%]
-----------------------  ---------  --------  -----
ws 32x32, M=1 K=64 N=64        400       379  -5.25
`)
  })

  test('gives exactly the promised JSON', async () => {
    const { stdout } = await fidelity([...compute, '--format', 'json'], folder(502))
    expect(JSON.parse(stdout)).toEqual({
      tables: [
        {
          name: 'systolic runs',
          rows: 2,
          meanAbsErrorPct: 25,
          medianAbsErrorPct: 25,
          p90AbsErrorPct: 45,
          worstAbsErrorPct: 50,
          biasPct: -25,
          worstRow: 'os 32x32, M=1 K=64 N=64',
          limitMeanPct: 0,
          limitMedianPct: null,
          limitP90Pct: null,
          limitWorstPct: 0,
          pass: false,
        },
        {
          name: 'systolic closed forms',
          rows: 1,
          meanAbsErrorPct: 0,
          medianAbsErrorPct: 0,
          p90AbsErrorPct: 0,
          worstAbsErrorPct: 0,
          biasPct: 0,
          worstRow: 'is 32x32, M=1 K=64 N=64',
          limitMeanPct: 0,
          limitMedianPct: null,
          limitP90Pct: null,
          limitWorstPct: 0,
          pass: true,
        },
        {
          name: 'systolic, limited bandwidth',
          rows: 1,
          meanAbsErrorPct: expect.closeTo(5.25, 6),
          medianAbsErrorPct: expect.closeTo(5.25, 6),
          p90AbsErrorPct: expect.closeTo(5.25, 6),
          worstAbsErrorPct: expect.closeTo(5.25, 6),
          biasPct: expect.closeTo(-5.25, 6),
          worstRow: 'ws 32x32, M=1 K=64 N=64',
          limitMeanPct: null,
          limitMedianPct: null,
          limitP90Pct: null,
          limitWorstPct: null,
        },
      ],
    })
    expect(Object.keys(JSON.parse(stdout).tables[0])).toEqual([
      ...[
        'name',
        'rows',
        'meanAbsErrorPct',
        'medianAbsErrorPct',
        'p90AbsErrorPct',
        'worstAbsErrorPct',
        'biasPct',
      ],
      'worstRow',
      ...['limitMeanPct', 'limitMedianPct', 'limitP90Pct', 'limitWorstPct', 'pass'],
    ])
  })

  test('adds the rows to JSON as details', async () => {
    const { stdout } = await fidelity([...compute, '--format', 'json', '--rows'])
    const [runs] = JSON.parse(stdout).tables
    expect(runs.rows).toBe(2)
    expect(runs.details[1]).toEqual({
      row: 'os 32x32, M=1 K=64 N=64',
      reference: 251,
      ours: 251,
      errorPct: 0,
    })
  })

  test('gives CSV with a line per table, or per row', async () => {
    const { stdout } = await fidelity([...compute, '--format', 'csv'], folder(502))
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'name,rows,meanAbsErrorPct,medianAbsErrorPct,p90AbsErrorPct,worstAbsErrorPct,biasPct,worstRow,limitMeanPct,limitMedianPct,limitP90Pct,limitWorstPct,pass',
      'systolic runs,2,25,25,45,50,-25,"os 32x32, M=1 K=64 N=64",0,,,0,false',
      'systolic closed forms,1,0,0,0,0,0,"is 32x32, M=1 K=64 N=64",0,,,0,true',
    ])
    const rows = await fidelity([...compute, '--format', 'csv', '--rows'], folder(502))
    expect(rows.stdout.split('\n').slice(0, 3)).toEqual([
      'table,row,unit,reference,ours,errorPct',
      'systolic runs,"ws 32x32, M=1 K=64 N=64",cycles,379,379,0',
      'systolic runs,"os 32x32, M=1 K=64 N=64",cycles,502,251,-50',
    ])
  })

  test('gives Markdown with escaped names', async () => {
    const { stdout } = await fidelity(['network', '--reference', 'ref', '--format', 'markdown', '--quiet'])
    expect(stdout).toBe(`### network: error of the time

| table | rows | mean error [%] | limit [%] | worst [%] | limit [%] | bias [%] | verdict | worst row |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |
| stream | 2 | 0.00 | 0 | 0.00 | 0 | 0.00 | ok | - |
`)
  })

  test('writes the result to a file with --output', async () => {
    const { stdout, stderr, io } = await fidelity([...compute, '--output', 'out.txt'])
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'wrote out.txt\n' })
    expect(io.text('out.txt')).toMatch(/^compute: error of the time\n/)
  })

  test('says which files are missing, unless it is to be quiet', async () => {
    const { stderr, exitCode } = await fidelity(['network', '--reference', 'ref'])
    expect(exitCode).toBe(0)
    expect(stderr).toContain(
      'ref/booksim2/incast.csv warning: cannot read: there is no such file; its tables are left out\n',
    )
    expect((await fidelity(['network', '--reference', 'ref', '--quiet'])).stderr).toBe('')
  })
})

describe('exits', () => {
  test('with 1 and the reason where a table is over its limit, its result printed all the same', async () => {
    const { exitCode, stdout, stderr } = await fidelity(compute, folder(502))
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      'systolic runs: over its limit: mean error 25.00 %, limit 0 %; worst error 50.00 %, limit 0 %; worst row: os 32x32, M=1 K=64 N=64\n',
    )
    expect(stdout).toMatch(/systolic runs .* OVER /)
  })

  test('with 2 and file:line where a table is malformed', async () => {
    const files = { ...folder(), 'ref/scalesim/gemm_cycles.csv': GEMM(251).replace('os,', 'so,') }
    expect(await fidelity(compute, files)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: [
        'ref/scalesim/gemm_cycles.csv:3:1 error: dataflow must be one of ws, os, is, got "so"',
        '   3 | so,32x32,1,64,64,CALC,251',
        '     | ^^',
        '1 error\n',
      ].join('\n'),
    })
  })

  test.each([
    [['--reference', 'absent'], /absent error: cannot read: none of the reference tables is here/],
    [['--reference', ''], /error: --reference needs a folder/],
    [['--reference', 'ref', '--output', 'ref'], /ref error: cannot write: is a directory/],
    [['energy'], /energy/],
    [['--format', 'xml'], /xml/],
    [['network', 'memory'], /argument/],
  ])('with 2 for %j', async (argv, message) => {
    const { exitCode, stdout, stderr } = await fidelity(argv)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test('with 130 at Ctrl-C', async () => {
    const run = await runCli(['fidelity', 'memory'], { io: nodeIo, interrupt: true, nowMs: clock() })
    expect(run).toMatchObject({ exitCode: 130, stdout: '' })
  })
})

/** A clock that goes on by a second each time it is read. */
function clock(): () => number {
  let nowMs = 0
  return () => {
    nowMs += 1000
    return nowMs
  }
}

describe('what ships with moesim', () => {
  test.each(['memory', 'compute'])('keeps the limits of %s without any other folder', async (area) => {
    const { exitCode, stdout, stderr } = await runCli(['fidelity', area, '--quiet'], { io: nodeIo })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain(`${area}: error of the time`)
    expect(stdout).not.toContain('OVER')
  })

  test('is explained by --help with examples and exit codes', async () => {
    const { stdout } = await runCli(['fidelity', '--help'])
    expect(stdout).toContain('moesim fidelity memory --rows')
    expect(stdout).toMatch(/Exit codes:\n {2}0 {4}fine\n {2}1 {4}a check found a difference/)
  })
})
