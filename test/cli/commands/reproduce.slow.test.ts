// `moesim reproduce` through the real command line.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { IoError } from '../../../src/io.ts'
import { runCli } from '../../helpers/run-cli.ts'

/** Configs are read from the disk, what is written is kept here; `out` is the only folder that can be written to. */
function ioWithFolder() {
  const files = new Map<string, string>()
  const io: typeof nodeIo = {
    ...nodeIo,
    stat: async (path) => {
      if (path === 'out' || path === 'locked') return { kind: 'directory', sizeBytes: 0 }
      if (path === 'file') return { kind: 'file', sizeBytes: 1 }
      return nodeIo.stat(path)
    },
    assertWritable: async (path) => {
      if (path.startsWith('locked')) throw new IoError(path, 'permission denied')
    },
    write: async (path, content) => void files.set(path, `${content}`),
  }
  return { io, files }
}

describe('one figure, quick', () => {
  test('prints the statement, our number and the verdict, and exits with 0', async () => {
    const { stdout, stderr, exitCode } = await runCli(['reproduce', 'fse-dp', 'f13', '--quick', '--verbose'])
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toMatch(/^Expert Streaming \(FSE-DP\), arXiv 2603\.27624v1\n/)
    expect(stdout).toContain('QUICK')
    expect(stdout).toMatch(/F13-overlap .* % .* (pass|partly|fail)\n/)
    // Prose wraps wherever a line is full.
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /F13-overlap: .*Rule: pass from 75\.0 % on.*Run: fse-dp-f13-timeline --seed 1 notes/,
    )
  })

  test('gives the promised JSON, the same for the same seed and another for another', async () => {
    const json = async (seed: string) =>
      (await runCli(['reproduce', 'fse-dp', 'F2', '--quick', '--format', 'json', '--seed', seed])).stdout
    const first = await json('4')
    expect(await json('4')).toBe(first)
    expect(await json('5')).not.toBe(first)
    const { paper, quick, seed, rows } = JSON.parse(first)
    expect({ paper, quick, seed }).toEqual({ paper: 'fse-dp', quick: true, seed: 4 })
    expect(rows.length).toBeGreaterThan(3)
    for (const row of rows) {
      expect(Object.keys(row)).toEqual([
        ...[
          'id',
          'claim',
          'reading',
          'what',
          'config',
          'published',
          'ours',
          'ratio',
          'verdict',
          'rule',
          'reason',
          'detail',
        ],
      ])
      expect(row.ours).toEqual({ value: expect.any(Number), unit: 'share' })
      expect(['pass', 'partly', 'fail']).toContain(row.verdict)
    }
  })

  test('writes its data into a folder, and its report into a file', async () => {
    const { io, files } = ioWithFolder()
    const argv = ['reproduce', 'fse-dp', 'F13', '--quick', '--output-dir', 'out', '--output', 'report.md']
    const run = await runCli([...argv, '--format', 'markdown'], { io })
    expect(run).toMatchObject({ exitCode: 0, stdout: '' })
    expect(run.stderr).toBe(
      'wrote out/fse-dp-f13-shares.csv\nwrote out/fse-dp-f13-intervals.csv\nwrote report.md\n',
    )
    expect(files.get('report.md')).toContain('### F13: ')
    const lines = files.get('out/fse-dp-f13-intervals.csv')!.trim().split('\n')
    expect(lines[0]).toBe('die,activity,start_ps,end_ps')
    expect(lines.length).toBeLessThanOrEqual(20_001)
    for (const activity of ['receive', 'load', 'compute', 'send'])
      expect(lines.some((line) => line.split(',')[1] === activity)).toBe(true)
  })
})

describe('exits with 2', () => {
  test.each([
    [['fse-db'], /unknown paper "fse-db"; known: fse-dp.*; did you mean "fse-dp"\?/],
    [['fse-dp', 'F16c'], /unknown figure of fse-dp "F16c"; known: F2, F9, .*; did you mean "F16[ab]"\?/],
    [['fse-dp', 'claim'], 'did you mean "claims"?'],
    [['fse-dp', 'F9', '--seed', '-1'], '--seed must be a whole number from 0 to 4294967295, got "-1"'],
    [['fse-dp', 'F9', '--output-dir', 'absent'], 'absent error: cannot write: there is no such folder'],
    [['fse-dp', 'F9', '--output-dir', 'file'], 'file error: cannot write: it is not a folder'],
    [['fse-dp', 'F9', '--output-dir', 'locked'], 'cannot write: permission denied'],
    [['fse-dp', 'F9', '--output-dir', ''], '--output-dir needs a folder'],
    [['fse-dp', 'F9', '--output', 'locked/x'], 'cannot write: permission denied'],
    [['fse-dp', 'F9', '--format', 'xml'], 'xml'],
    [['fse-dp', 'F9', '--workers', 'all'], '--workers must be a whole number'],
    [[], "missing required argument 'paper'"],
  ])('for %j, before anything is simulated', async (argv, message) => {
    const { io, files } = ioWithFolder()
    const { exitCode, stdout, stderr } = await runCli(['reproduce', ...argv], { io })
    expect({ exitCode, stdout, written: files.size }).toEqual({ exitCode: 2, stdout: '', written: 0 })
    if (typeof message === 'string') expect(stderr).toContain(message)
    else expect(stderr).toMatch(message)
  })
})

test('Ctrl-C ends it with 130 and nothing on stdout', async () => {
  let nowMs = 0
  const clock = () => {
    nowMs += 1000
    return nowMs
  }
  const run = await runCli(['reproduce', 'fse-dp', 'F11', '--quick'], { interrupt: true, nowMs: clock })
  expect(run).toMatchObject({ exitCode: 130, stdout: '' })
})

test('help says that verdicts do not change the exit code, and has examples', async () => {
  const { stdout, exitCode } = await runCli(['reproduce', '--help'])
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/exit\s+code\s+is\s+0\s+whatever\s+the\s+verdicts\s+are/)
  expect(stdout).toContain('moesim reproduce fse-dp --quick')
})
