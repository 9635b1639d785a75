// Command lines as the documents show them: enough of a shell's grammar to find the words of each command.

/** What ends a command, or takes its output elsewhere. */
const OPERATOR = /^(?:&&|\|\||[|;]|>>?|<<?)/

/** The words of every command of a script, its redirections left out. Text of here-documents is none. */
export function commandsOf(script: string): string[][] {
  const joined = script.replaceAll(/\\\n\s*/g, ' ').replaceAll(/<<'(\w+)'\n[\s\S]*?^\1$/gm, '')
  return joined.split('\n').flatMap((line) => splitLine(line).filter((words) => words.length > 0))
}

/** The words of a line that is one command. */
export function wordsOf(line: string): string[] {
  return splitLine(line)[0] ?? []
}

function splitLine(line: string): string[][] {
  const commands: string[][] = [[]]
  let isTarget = false
  for (let rest = line.trimStart(); rest !== '' && !rest.startsWith('#'); rest = rest.trimStart()) {
    const operator = OPERATOR.exec(rest)?.[0]
    if (operator !== undefined) {
      isTarget = /[<>]/.test(operator)
      if (!isTarget) commands.push([])
      rest = rest.slice(operator.length)
      continue
    }
    const [word, length] = firstWord(rest)
    if (!isTarget) commands.at(-1)!.push(word)
    isTarget = false
    rest = rest.slice(length)
  }
  return commands
}

/** The first word without its quotes, and how long it is with them. */
function firstWord(text: string): [word: string, length: number] {
  let word = ''
  let at = 0
  while (at < text.length && !/\s/.test(text[at]!) && !OPERATOR.test(text.slice(at))) {
    const quoted = /^(["'])(.*?)\1/.exec(text.slice(at))
    word += quoted === null ? text[at]! : quoted[2]!
    at += quoted === null ? 1 : quoted[0].length
  }
  return [word, at]
}
