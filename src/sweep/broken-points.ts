// What is wrong with points of a sweep: a mistake in one axis shows at every point and is said once.
import { type Diagnostic, finding, UserError } from '../errors.ts'
import { labelOf, type Setting } from './point-resolver.ts'

/** A mistake in one axis shows at every point: beyond so many findings nothing new is said. */
const MAX_FINDINGS = 20

/** Findings of all points, each once, with the place of the axis value that they are about. */
export class BrokenPoints {
  private readonly findings = new Map<string, Diagnostic>()
  private first: readonly Setting[] = []
  private count = 0

  get isEnough(): boolean {
    return this.findings.size >= MAX_FINDINGS
  }

  add(diagnostics: readonly Diagnostic[], settings: readonly Setting[]): void {
    if (this.count++ === 0) this.first = settings
    for (const diagnostic of diagnostics) {
      const setting = settings.find((one) => labelOf(one) === diagnostic.file)
      const place = diagnostic.code === 'unknown-key' ? 'keyPlace' : 'place'
      const placed = setting === undefined ? diagnostic : { ...diagnostic, ...setting.value[place] }
      this.findings.set(JSON.stringify(placed), placed)
    }
  }

  throwIfAny(): void {
    if (this.count === 0) return
    const at = this.first.map(({ path, value }) => `${path}=${value.written}`).join(', ')
    const what = `the sweep has points that are no experiment; the first is ${at}`
    const hint = 'mend or leave out the values above; values that belong together go under zip'
    throw new UserError([...this.findings.values(), finding('conflict', { what, hint })])
  }
}
