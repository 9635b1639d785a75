// What a request for a reproduction means: which figures run, and what is shown of them.
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import type { Row } from '../../src/papers/figure.ts'
import { papers } from '../../src/papers/papers.ts'
import { claimsOf, planReproduction } from '../../src/papers/reproduce.ts'

const SHIPPED = ['F2', 'F9', 'F11', 'F12', 'F13', 'F14', 'F15', 'F16a', 'F16b', 'F17', 'F18']

describe('a plan', () => {
  test('runs every figure that needs nothing else, and says which it leaves out', () => {
    const { figures, shows, leftOut } = planReproduction({ paper: 'fse-dp' })
    expect({ figures, shows }).toEqual({ figures: SHIPPED, shows: 'figures and claims' })
    expect(leftOut).toEqual(Object.keys(papers['fse-dp']!.figures).filter((id) => !SHIPPED.includes(id)))
  })

  test('takes one figure by its name in any case', () => {
    expect(planReproduction({ paper: 'FSE-DP', figure: 'f16A' })).toMatchObject({
      name: 'fse-dp',
      figures: ['F16a'],
      shows: 'figures',
    })
  })

  test('runs all figures for their claims', () => {
    expect(planReproduction({ paper: 'fse-dp', figure: 'Claims' })).toMatchObject({
      figures: SHIPPED,
      shows: 'claims',
    })
  })

  test.each([
    [{ paper: 'fsedp' }, 'paper', 'fse-dp'],
    [{ paper: 'fse-dp', figure: 'F19' }, 'figure of fse-dp', undefined],
    [{ paper: 'fse-dp', figure: 'toString' }, 'figure of fse-dp', undefined],
  ])('refuses %j with what there is', (request, kind, suggestion) => {
    try {
      planReproduction(request)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(UserError)
      const [diagnostic] = (error as UserError).diagnostics
      expect(diagnostic).toMatchObject({ code: 'unknown-name', args: { kind } })
      if (suggestion !== undefined) expect(diagnostic!.args).toMatchObject({ suggestion })
    }
  })
})

test('claims are the rows that answer one, in the order of the paper, and no others', () => {
  const row = (id: string, claim?: string): Row => ({
    id,
    ...(claim !== undefined && { claim }),
    what: '',
    config: '',
    published: null,
    ours: { value: 1, unit: 'ratio' },
    judgement: null,
    reason: '',
  })
  const rows = [row('a', 'Q2'), row('b', 'H1'), row('c'), row('d', 'Q2'), row('e', 'unlisted')]
  expect(claimsOf({ claims: ['H1', 'Q1', 'Q2'] }, rows).map(({ id }) => id)).toEqual(['b', 'a', 'd'])
})
