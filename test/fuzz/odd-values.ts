// Values that files and command lines hold by mistake or malice.
import fc from 'fast-check'

const NUMBERS = [0, -0, -1, 1, 2, 3, 0.5, 1e-9, 3.3333, 4096, 4097, 65_536, 2 ** 31, 2 ** 53, 1e15, 1e308]
const QUANTITIES = [
  ...[
    '3.3333 ns',
    '0.0001 ps',
    '0 ns',
    '-1 ns',
    '1e400 s',
    '1 B',
    '0 B',
    '1.5 B',
    '3 kB',
    '9007199254740993 B',
  ],
  ...[
    '1 GB/s',
    '0.001 B/s',
    '1e30 TB/s',
    '288 gb/s',
    '1 TFLOP/s',
    '1 Hz',
    '1e20 GHz',
    '1 pJ',
    '1 mm2',
    '1 W',
  ],
]
const WORDS = [
  ...[
    '',
    ' ',
    'all',
    'auto',
    'none',
    'unlimited',
    'timed',
    'default',
    'more',
    'odd',
    '3..1',
    '0..2',
    'sample:2',
  ],
  ...['null', 'NaN', 'Infinity', '0x10', '010', '1_000', '1e3', 'yes', '~', '*a', '&a', '!!js/function x'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    '../x',
    '/',
    '.',
    '-',
    '--set',
    'a=b',
  ],
  ...[
    '\u001b[31mred',
    '::error::x',
    'two\nlines',
    '\u0000',
    '\u202e',
    '\ud800',
    '\u{1f600}',
    '=1+1',
    '%s',
    '{}',
  ],
]

/** Numbers, quantities, words, and small mappings and lists of such. */
export const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...NUMBERS, null, true, false) },
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...QUANTITIES) },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...WORDS) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>([], {}, [[]], [0, 0], { a: 1 }, [null]) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
)

/** As a word of a command line. */
export const oddWords: fc.Arbitrary<string> = oddValues.map((value) =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
)
