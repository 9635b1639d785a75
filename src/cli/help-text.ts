// Help as wide as the terminal: paragraphs flow anew, and what stands beside a word goes on below itself.
import { prose } from '../report/prose.ts'

/** A word or a command set in, and behind a gap what it is. */
const LABELLED = /^( {2,}\S+(?: \S+)* {2,})(\S.*)$/

/** Commands and examples stay on one line, so that they can be pasted. */
export function fitHelp(text: string, width: number): string {
  const parts: string[] = []
  let paragraph: string[] = []
  const end = () => {
    if (paragraph.length > 0) parts.push(prose(paragraph.join(' '), width))
    paragraph = []
  }
  for (const line of text.split('\n')) {
    if (/^\S/.test(line)) {
      paragraph.push(line)
      // A heading, or what says what comes next.
      if (line.endsWith(':')) end()
      continue
    }
    end()
    const [, label = '', beside = ''] = line.length > width ? (LABELLED.exec(line) ?? []) : []
    parts.push(label === '' ? line : `${label}${prose(beside, width, label.length)}`)
  }
  end()
  return parts.join('\n')
}
