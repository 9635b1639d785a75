// Text from outside as it may be shown: what would steer a terminal, break a line or give a CI system orders becomes visible.

/** Control characters, marks that turn the direction of text, half characters, and what XML has no place for. */
const UNSHOWABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/gu
/** The same within whole texts of ours, which have lines of their own. */
const UNSHOWABLE_IN_LINES = /[^\P{Cc}\n\t]|[\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/gu
/** Colours, as chalk sets them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const COLOR = /(\u001b\[\d+(?:;\d+)*m)/
const IS_COLOR = new RegExp(`^${COLOR.source}$`)
/** CI systems take a line that begins so for an order. */
const ORDER = /^(\s*)::/gm

const CONTROL_PICTURES = 0x2400
const DELETE = 0x7f
const DELETE_PICTURE = '\u2421'
const REPLACEMENT = '\ufffd'

/** A name, path or quoted value: one line, a character for each. */
export function visible(text: string): string {
  return text.replaceAll(UNSHOWABLE, picture)
}

/** Lines that are about to be printed; `hasColor`: colours that were set on purpose stay. */
export function visibleLines(text: string, hasColor: boolean): string {
  const shown = (part: string) => part.replaceAll(UNSHOWABLE_IN_LINES, picture)
  const parts = hasColor
    ? text.split(COLOR).map((part) => (IS_COLOR.test(part) ? part : shown(part)))
    : [shown(text)]
  return parts.join('').replaceAll(ORDER, '$1\\::')
}

function picture(character: string): string {
  const code = character.codePointAt(0)!
  if (code < ' '.charCodeAt(0)) return String.fromCharCode(CONTROL_PICTURES + code)
  return code === DELETE ? DELETE_PICTURE : REPLACEMENT
}
