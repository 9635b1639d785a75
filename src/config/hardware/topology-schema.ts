// The topology section of a hardware file.
import * as z from 'zod'
import { choice, mapping, quantity, wholeNumber } from '../fields.ts'

/** Most dies a package may have. */
export const MAX_DIES = 4096

const KINDS = ['mesh', 'torus', 'mesh-3d', 'torus-3d', 'ring', 'ring-of-rings', 'crossbar', 'custom'] as const
const side = wholeNumber(1, MAX_DIES)

const grid = (kind: 'mesh' | 'torus') =>
  mapping({
    kind: z.literal(kind),
    columns: side.describe('Dies side by side (x)'),
    rows: side.describe('Dies one above the other (y)'),
    numbering: choice(['row-major', 'column-major'])
      .default('row-major')
      .describe('Order in which experts and tokens are dealt to dies'),
  })
const cube = (kind: 'mesh-3d' | 'torus-3d') =>
  mapping({
    kind: z.literal(kind),
    columns: side.describe('Dies side by side (x)'),
    rows: side.describe('Dies one behind the other (y)'),
    layers: side.describe('Dies one above the other (z)'),
  })
const counted = (kind: 'ring' | 'crossbar') => mapping({ kind: z.literal(kind), dies: side })
const pair = z.tuple([wholeNumber(0, MAX_DIES - 1), wholeNumber(0, MAX_DIES - 1)], {
  error: 'two die ids, such as [0, 1]',
})
const ownLink = mapping({
  dies: pair,
  bandwidth: quantity('bandwidth', true).optional().describe("In one direction; default: the link section's"),
  parallel: wholeNumber(1, 1024).default(1).describe('Links side by side, taken as one of their bandwidth'),
})
const customLink = z.union([pair, ownLink], {
  error: 'two die ids, such as [0, 1], or {dies: [0, 1], bandwidth: 100 GB/s, parallel: 2}',
})

export const topologySchema = z.discriminatedUnion(
  'kind',
  [
    grid('mesh'),
    grid('torus'),
    cube('mesh-3d'),
    cube('torus-3d'),
    counted('ring'),
    mapping({ kind: z.literal('ring-of-rings'), rings: side, dies_per_ring: side }),
    counted('crossbar'),
    mapping({
      kind: z.literal('custom'),
      dies: side,
      links: z
        .array(customLink, { error: 'a list of die pairs, such as [[0, 1], [1, 2]]' })
        .describe('Links, each usable both ways'),
    }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? `one of ${KINDS.join(', ')}`
        : 'a mapping with a kind, such as {kind: mesh, columns: 2, rows: 2}',
  },
)
