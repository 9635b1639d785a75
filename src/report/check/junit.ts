// The outcome of a check as JUnit XML: a test suite for each case, a test for each value.
import { create } from 'xmlbuilder2'
import type { CheckResult } from '../../check/run-check.ts'
import { visible } from '../../visible.ts'
import { tellRow } from './words.ts'

export function junit({ file, cases }: CheckResult): string {
  const suites = cases.map(({ name, rows }) => ({
    '@name': visible(name),
    '@tests': rows.length,
    '@failures': rows.filter(({ verdict }) => verdict !== 'same').length,
    testcase: rows.map((row) => ({
      '@classname': visible(`${name}.${row.scheduler}`),
      '@name': visible(row.metric),
      ...(row.verdict !== 'same' && { failure: { '@message': visible(tellRow(row)) } }),
    })),
  }))
  const document = { testsuites: { '@name': visible(`moesim check ${file}`), testsuite: suites } }
  return `${create({ encoding: 'UTF-8' }, document).end({ prettyPrint: true })}\n`
}
