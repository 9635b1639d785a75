// A sentence cut to what a reader takes in at a glance.

const MOST_CHARACTERS = 200
const DOTS = ' ...'

/** As many whole words as there is room for; where some are left over, it ends in three dots. */
export function shortened(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text
  const room = MOST_CHARACTERS - DOTS.length
  const end = text.lastIndexOf(' ', room)
  return `${text.slice(0, end > 0 ? end : room)}${DOTS}`
}
