// A reporter that ends with the tests that took longest.
import type { Reporter, TestCase, TestModule } from 'vitest/node'

const COUNT = 10

export default class Slowest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const slowest = tests.sort((a, b) => msOf(b) - msOf(a)).slice(0, COUNT)
    const lines = slowest.map(
      (test) => `${seconds(msOf(test))}  ${test.module.relativeModuleId} > ${test.fullName}`,
    )
    process.stdout.write(`\nthe slowest ${slowest.length} tests\n${lines.join('\n')}\n`)
  }
}

const msOf = (test: TestCase) => test.diagnostic()?.duration ?? 0
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`.padStart(8)
