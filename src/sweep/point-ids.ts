// The ids of a sweep's points: what experiments have in common is written out once.
import { canonicalSections, plain } from '../config/canonical.ts'
import type { Experiment } from '../config/experiment/experiment.ts'
import type { Io } from '../io.ts'
import { canonicalJson } from '../run/canonical-json.ts'

export class PointIds {
  private readonly io: Pick<Io, 'hash'>
  private readonly texts = new WeakMap<object, string>()

  constructor(io: Pick<Io, 'hash'>) {
    this.io = io
  }

  /** SHA-256 of the canonical JSON of an experiment. */
  idOf(experiment: Experiment): string {
    const sections = canonicalSections(experiment)
    const keys = Object.keys(sections).filter((key) => sections[key] !== undefined)
    const items = keys.sort().map((key) => `${JSON.stringify(key)}:${this.textOf(sections[key])}`)
    const hash = this.io.hash()
    hash.update(`{${items.join(',')}}`)
    return hash.hex()
  }

  private textOf(section: unknown): string {
    if (Array.isArray(section)) return `[${section.map((item) => this.textOf(item)).join(',')}]`
    if (typeof section !== 'object' || section === null) return canonicalJson(plain(section))
    const known = this.texts.get(section)
    if (known !== undefined) return known
    const text = canonicalJson(plain(section))
    this.texts.set(section, text)
    return text
  }
}
