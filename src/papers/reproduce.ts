// Runs figures of a paper, or its claims: every figure once, every simulation point once.
import { fail, nearest } from '../errors.ts'
import type { Io } from '../io.ts'
import type { RunHooks } from '../run/run-many.ts'
import type { FigureResult, Paper, Row } from './figure.ts'
import { Lab, type LabOptions } from './lab.ts'
import { papers } from './papers.ts'

/** The name that stands for the claims of all figures. */
const CLAIMS = 'claims'

export interface ReproductionRequest extends LabOptions {
  readonly paper: string
  /** A figure's id in any case, or `claims`; absent: every figure whose inputs ship or are given. */
  readonly figure?: string | undefined
}

/** What a figure gave. */
export interface Section extends FigureResult {
  readonly id: string
  readonly title: string
}

export interface Reproduction {
  readonly paper: string
  readonly title: string
  readonly preface: readonly string[]
  readonly isQuick: boolean
  readonly seed: number
  /** What is to be shown: the figures, or their claims alone. */
  readonly shows: Plan['shows']
  /** Every figure that ran, shown or not. */
  readonly figures: readonly Section[]
  /** The rows that carry a claim, in the order of the paper's claims. */
  readonly claims: readonly Row[]
}

/** What a request means, checked before anything runs. */
export interface Plan {
  readonly name: string
  readonly paper: Paper
  readonly figures: readonly string[]
  /** Figures that would run too if a folder of recorded traces were given. */
  readonly leftOut: readonly string[]
  /** What is shown: the figures, or their claims alone. */
  readonly shows: 'figures' | 'claims' | 'figures and claims'
}

/** Throws UserError for an unknown paper or figure, and for traces that nothing would read. */
export function planReproduction({
  paper,
  figure,
  trace,
}: Pick<ReproductionRequest, 'paper' | 'figure' | 'trace'>): Plan {
  const name = known('paper', paper, Object.keys(papers))
  const definition = papers[name]!
  const { figures } = definition
  const plan = { name, paper: definition, leftOut: [] }
  const ids = Object.keys(figures)
  const shipped = ids.filter((id) => figures[id]!.needsTrace !== true)
  if (figure === undefined) {
    const runs = trace === undefined ? shipped : ids
    const leftOut = ids.filter((id) => !runs.includes(id))
    return { ...plan, figures: runs, leftOut, shows: 'figures and claims' }
  }
  const id = known(`figure of ${name}`, figure, [...ids, CLAIMS])
  const readers = ids.filter((other) => figures[other]!.needsTrace || figures[other]!.takesTrace)
  if (trace !== undefined && !readers.includes(id)) {
    fail('usage', {
      what: `${id} reads no recorded traces`,
      hint: `leave --trace out; read by: ${readers.join(', ') || 'no figure'}`,
    })
  }
  if (id === CLAIMS) return { ...plan, figures: shipped, shows: 'claims' }
  return { ...plan, figures: [id], shows: 'figures' }
}

/** Throws UserError where the experiments cannot run. */
export async function reproduce(
  io: Io,
  request: ReproductionRequest,
  hooks: RunHooks,
): Promise<Reproduction> {
  const plan = planReproduction(request)
  const results = new Map<string, FigureResult>()
  let figure = ''
  const onProgress: RunHooks['onProgress'] = (done, total, label) =>
    hooks.onProgress(done, total, `${figure}: ${label}`)
  const lab = new Lab(io, request, { ...hooks, onProgress })
  try {
    for (figure of plan.figures) results.set(figure, await plan.paper.figures[figure]!.run(lab))
  } finally {
    await lab.close()
  }
  const sections = plan.figures.map((id) => ({
    id,
    title: plan.paper.figures[id]!.title,
    ...results.get(id)!,
  }))
  const rows = sections.flatMap((section) => section.rows)
  return {
    paper: plan.name,
    title: plan.paper.title,
    preface: plan.paper.preface,
    isQuick: request.isQuick,
    seed: request.seed,
    shows: plan.shows,
    figures: sections,
    claims: claimsOf(plan.paper, rows),
  }
}

/** The rows that answer a claim, in the order of the paper's claims. */
export function claimsOf({ claims }: Pick<Paper, 'claims'>, rows: readonly Row[]): Row[] {
  return claims.flatMap((claim) => rows.filter((row) => row.claim === claim))
}

/** The name as the table writes it, whatever its case. */
function known(kind: string, name: string, allowed: readonly string[]): string {
  const found = allowed.find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  if (found !== undefined) return found
  const suggestion = nearest(name, allowed)
  return fail('unknown-name', { kind, name, allowed, ...(suggestion && { suggestion }) })
}
