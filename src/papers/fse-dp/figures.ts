// The figures of "Expert Streaming" (FSE-DP) that are reproduced.
import type { Paper } from '../figure.ts'
import { f2 } from './f2.ts'
import { f9 } from './f9.ts'
import { f11 } from './f11.ts'
import { f12 } from './f12.ts'
import { f13 } from './f13.ts'
import { f14 } from './f14.ts'
import { f15 } from './f15.ts'
import { f16a } from './f16a.ts'
import { f16b } from './f16b.ts'
import { f17 } from './f17.ts'
import { f18 } from './f18.ts'
import { reference } from './reference/reference.ts'

export const fseDp: Paper = {
  title: 'Expert Streaming (FSE-DP), arXiv 2603.27624v1',
  preface: [
    'the paper publishes no traces: routing is generated, with the skew and reuse of the model files',
    'its result figures are pictures without numbers: only statements of its text are compared, no single bars',
    'claims: H1 to H6 are the numbers in its text, Q1 to Q12 what it says in words',
  ],
  figures: {
    F2: f2,
    F9: f9,
    F11: f11,
    F12: f12,
    F13: f13,
    F14: f14,
    F15: f15,
    F16a: f16a,
    F16b: f16b,
    F17: f17,
    F18: f18,
    reference,
  },
  claims: [
    ...['H1', 'H2', 'H3', 'H4', 'H5', 'H6'],
    ...['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7', 'Q8', 'Q9', 'Q10', 'Q11', 'Q12'],
  ],
}
