// A sentence cut to two lines that a terminal shows whole.

const COLUMNS = 100

/** As many words as two lines of 100 columns take; where some are left over, it ends in three dots. */
export function twoLines(text: string): string {
  const first = cut(text, COLUMNS)
  const rest = text.slice(first.length).trimStart()
  if (rest === '') return first
  const second = rest.length <= COLUMNS ? rest : `${cut(rest, COLUMNS - 4)} ...`
  return `${first}\n${second}`
}

/** The words that go into `columns`, or a part of the first where not even that one does. */
function cut(text: string, columns: number): string {
  if (text.length <= columns) return text
  const end = text.lastIndexOf(' ', columns)
  return text.slice(0, end > 0 ? end : columns)
}
