// A document with everything in it that the program or a file decides put in anew.
//
// Three forms are renewed. A block in the language `console` is a command and all that it prints to stdout. Behind
// `<!-- table: NAME -->` the rows of a table follow from a table of the program (tables.ts). Behind `<!-- file: PATH -->`
// a block is that file. `npx vitest run test/docs/pinned.test.ts -u` writes the documents anew.
import { type CliRun, runCli } from '../helpers/run-cli.ts'
import { readFile } from './documents.ts'
import { wordsOf } from './shell.ts'
import { tableRows } from './tables.ts'

const CONSOLE = /(^```console\n\$ (.*)\n)[\s\S]*?(?=^```$)/gm
/** Up to the end of the table: the first line that is no row. */
const TABLE = /(^<!-- table: (.*) -->\n\|.*\n\|.*\n)(?:\|.*\n)*/gm
const FILE = /(^<!-- file: (.*) -->\n```\w*\n)[\s\S]*?(?=^```$)/gm

/** `run`: what runs the commands of the document. */
export async function renewed(
  markdown: string,
  run: (argv: readonly string[]) => Promise<Pick<CliRun, 'stdout'>> = runCli,
): Promise<string> {
  const outputs = await replaced(
    markdown,
    CONSOLE,
    async (command) => (await run(argumentsOf(command))).stdout,
  )
  const tables = await replaced(outputs, TABLE, tableRows)
  return replaced(tables, FILE, async (path) => readFile(path))
}

/** Of `npx moesim ...`. */
function argumentsOf(command: string): readonly string[] {
  const [npx, moesim, ...argv] = wordsOf(command)
  if (npx !== 'npx' || moesim !== 'moesim') throw new Error(`cannot run: ${command}`)
  return argv
}

/** Keeps the first group of each match and puts behind it what follows from the second. */
async function replaced(
  text: string,
  pattern: RegExp,
  rest: (argument: string) => Promise<string>,
): Promise<string> {
  const parts: string[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(end, match.index), match[1]!, await rest(match[2]!))
    end = match.index + match[0].length
  }
  return [...parts, text.slice(end)].join('')
}
