// Completion: what is offered at each place of the command line, and that the scripts of the shells ask for it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { bundledNames } from '../../../src/config/library.ts'
import { presets, schedulers } from '../../../src/schedulers/table.ts'
import { runCli } from '../../helpers/run-cli.ts'

/** Candidates for the last word, without their descriptions. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runCli(['complete', '--', ...words])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const lines = stdout.trimEnd().split('\n')
  // Zero: where nothing fits, the shell may complete file names.
  expect(lines.pop()).toBe(':0')
  return lines.map((line) => line.split('\t')[0]!)
}

describe('what is offered', () => {
  test('commands, all that help lists and the hidden one not', async () => {
    const { stdout } = await runCli(['--help'])
    const listed = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Examples:'))
    const commands = [...listed.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1])
    expect(await offered('')).toEqual(commands)
    expect(await offered('sw')).toEqual(['sweep'])
    expect(await offered('trace', 'an')).toEqual(['analyze'])
  })

  test('options of the command', async () => {
    expect(await offered('run', '--timeline')).toEqual(['--timeline', '--timeline-window'])
    expect(await offered('list', '--timeline')).toEqual([])
  })

  test('names of hardware, models and experiments', async () => {
    expect(await offered('run', '--hardware', '')).toEqual(await bundledNames(nodeIo, 'hardware'))
    expect(await offered('run', '--model', '')).toEqual(await bundledNames(nodeIo, 'models'))
    expect(await offered('run', '')).toEqual(await bundledNames(nodeIo, 'experiments'))
  })

  test('schedulers and presets, and behind a colon the options of one', async () => {
    expect(await offered('run', '--scheduler', '')).toEqual([
      ...Object.keys(schedulers),
      ...Object.keys(presets),
    ])
    expect(await offered('run', '--scheduler', 'fse-dp:sl')).toEqual(['fse-dp:slices=', 'fse-dp:slots='])
    expect(await offered('run', '--scheduler', 'ep-tiled:pref')).toEqual(['ep-tiled:prefetch='])
  })

  test('metrics, topics, formats, kinds, papers and figures', async () => {
    expect(await offered('compare', '--metric', 'energyM')).toEqual(['energyMac', 'energyMemory'])
    expect(await offered('explain', 'fse-dp:slo')).toEqual(['fse-dp:slots'])
    expect(await offered('run', '--format', '')).toEqual(['table', 'json', 'csv', 'markdown'])
    expect(await offered('list', 'pl')).toEqual(['placements'])
    expect(await offered('reproduce', 'f')).toEqual(['fse-dp', 'forecasting'])
    expect(await offered('reproduce', 'fse-dp', 'F16')).toEqual(['F16a', 'F16b'])
  })

  test('nothing where only a file fits', async () => {
    expect(await offered('check', '')).toEqual([])
    expect(await offered('run', '--output', '')).toEqual([])
  })
})

describe('the scripts', () => {
  test.each(['bash', 'zsh', 'fish'])('the one for %s calls moesim complete', async (shell) => {
    const { exitCode, stdout, stderr } = await runCli(['completion', shell])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain('moesim complete -- ')
  })

  test('another shell is a usage error', async () => {
    expect((await runCli(['completion', 'tcsh'])).exitCode).toBe(2)
  })

  describe('in bash', () => {
    let folder: string
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'moesim-completion-'))
      writeFileSync(join(folder, 'script.sh'), (await runCli(['completion', 'bash'])).stdout)
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    /** Replies to the last of `words`; the two functions of the package bash-completion are stood in for. */
    function replies(...words: readonly string[]): string {
      const candidates = join(folder, 'candidates')
      writeFileSync(candidates, 'fse-dp:slices=\tmicro-slices\nfse-dp:slots=\troom\n:0\n')
      const lines = [
        `moesim() { printf '%s\\n' "$*" > '${folder}/asked'; cat '${candidates}'; }`,
        `_get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cur="\${words[-1]}"; }`,
        `__ltrim_colon_completions() { COMPREPLY=("\${COMPREPLY[@]#*:}"); }`,
        'compopt() { :; }',
        `source '${join(folder, 'script.sh')}'`,
        `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
        '__moesim_complete',
        `cat '${folder}/asked'`,
        `printf "%s\\n" "\${COMPREPLY[@]}"`,
      ]
      const { stdout, stderr } = spawnSync('bash', ['-c', lines.join('\n')], { encoding: 'utf8' })
      expect(stderr).toBe('')
      return stdout
    }

    test('it passes on what was typed and offers what follows the colon', () => {
      expect(replies('moesim', 'run', '--scheduler', 'fse-dp:slo')).toBe(
        'complete -- run --scheduler fse-dp:slo\nslots=\n',
      )
    })
  })
})
