// Help as wide as the terminal.
import { expect, test } from 'vitest'
import { fitHelp } from '../../src/cli/help-text.ts'

test('paragraphs flow anew, headings, blank lines and examples stay', () => {
  const text = `Results are kept point
by point.

As in this one:
Examples:
  moesim run --set hardware.link.bandwidth="256 GB/s"
`
  expect(fitHelp(text, 16)).toBe(`Results are kept
point by point.

As in this one:
Examples:
  moesim run --set hardware.link.bandwidth="256 GB/s"
`)
})

test('what stands beside a word goes on below itself', () => {
  expect(fitHelp('  eplb   copies for the hottest', 22)).toBe('  eplb   copies for\n         the hottest')
  expect(fitHelp('  eplb   copies', 22)).toBe('  eplb   copies')
})
