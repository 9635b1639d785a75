// The outcome of a check as JUnit XML: a test suite for each case, a test for each value.
import { create } from 'xmlbuilder2'
import type { CheckResult } from '../../check/run-check.ts'
import { tellRow } from './words.ts'

export function junit({ file, cases }: CheckResult): string {
  const suites = cases.map(({ name, rows }) => ({
    '@name': name,
    '@tests': rows.length,
    '@failures': rows.filter(({ verdict }) => verdict !== 'same').length,
    testcase: rows.map((row) => ({
      '@classname': `${name}.${row.scheduler}`,
      '@name': row.metric,
      ...(row.verdict !== 'same' && { failure: { '@message': tellRow(row) } }),
    })),
  }))
  const document = { testsuites: { '@name': `moesim check ${file}`, testsuite: suites } }
  return `${create({ encoding: 'UTF-8' }, document).end({ prettyPrint: true })}\n`
}
