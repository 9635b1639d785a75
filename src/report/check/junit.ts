// The outcome of a check as JUnit XML: a test suite for each case, a test for each value and each limit.
import { create } from 'xmlbuilder2'
import type { CheckResult } from '../../check/run-check.ts'
import { visible } from '../../visible.ts'
import { tellLimit, tellRow } from './words.ts'

export function junit({ file, cases }: CheckResult): string {
  const suites = cases.map(({ name, rows, limits }) => {
    const test = (scheduler: string, title: string, failure: string | undefined) => ({
      '@classname': visible(`${name}.${scheduler}`),
      '@name': visible(title),
      ...(failure !== undefined && { failure: { '@message': visible(failure) } }),
    })
    const tests = [
      ...rows.map((row) =>
        test(row.scheduler, row.metric, row.verdict === 'same' ? undefined : tellRow(row)),
      ),
      ...limits.map((row) =>
        test(row.scheduler, row.limit, row.verdict === 'kept' ? undefined : tellLimit(row)),
      ),
    ]
    return {
      '@name': visible(name),
      '@tests': tests.length,
      '@failures': tests.filter((one) => 'failure' in one).length,
      testcase: tests,
    }
  })
  const document = { testsuites: { '@name': visible(`moesim check ${file}`), testsuite: suites } }
  return `${create({ encoding: 'UTF-8' }, document).end({ prettyPrint: true })}\n`
}
