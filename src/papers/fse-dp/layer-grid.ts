// The layer test of Figs 9 and 12: every model with every number of tokens, on one routing or two.
import type { Changes, Lab, Measured, Point } from '../lab.ts'
import type { RoutingStatistics } from '../routing-statistics.ts'
import { MODELS, TOKENS } from './common.ts'

export interface GridCell {
  readonly model: string
  readonly tokens: number
  /** 1, 2: routings of the same kind, from two seeds. */
  readonly routing: number
  readonly point: Point
  readonly measured: Measured
  readonly statistics: RoutingStatistics
}

/** In a full run all layers on two routings, in a quick one two layers on one. */
export async function measureGrid(
  lab: Lab,
  config: string,
  {
    schedulers,
    sets = [],
  }: { readonly schedulers?: readonly string[]; readonly sets?: Changes['sets'] } = {},
): Promise<GridCell[]> {
  const settings = lab
    .pick([0, 1], [0])
    .flatMap((seedOffset) =>
      MODELS.flatMap((model) => TOKENS.map((tokens) => ({ seedOffset, model, tokens }))),
    )
  const layers = lab.pick({}, { layers: 'sample:2' })
  const points: Point[] = []
  for (const { seedOffset, model, tokens } of settings) {
    const flags = { model, tokens: `${tokens}`, ...(schedulers && { schedulers }), ...layers }
    points.push(await lab.load(config, { flags, sets: sets ?? [], seedOffset }))
  }
  const measured = await lab.measure(points)
  const cells: GridCell[] = []
  for (const [i, { seedOffset, model, tokens }] of settings.entries()) {
    const point = points[i]!
    const statistics = await lab.statistics(point)
    cells.push({ model, tokens, routing: seedOffset + 1, point, measured: measured[i]!, statistics })
  }
  return cells
}

/** What to put behind `moesim run` for numbers that are of all cells; `schedulers`: all of the experiment where none is named. */
export function runOf(cells: readonly Pick<GridCell, 'point'>[], ...schedulers: readonly string[]): string {
  const words = { model: '<model>', tokens: '<tokens>' }
  const command = cells[0]!.point.templateFor(words, schedulers.length > 0 ? schedulers : undefined)
  const [, ...others] = new Set(cells.map(({ point }) => point.experiment.seed))
  const also = others.map((seed) => `, and again with --seed ${seed}`).join('')
  return `${command}, for every model and ${TOKENS.join(', ')} tokens${also}`
}

/** Which part of the paper's grid this is, and why not all of it. */
export function gridNotes(lab: Lab): string[] {
  const layers = lab.pick('all layers', 'QUICK: 2 sampled layers of each model instead of all')
  const routings = lab.pick(
    'two seeds stand in for the two data sets (C4, Wikitext-2), whose routing is not published: they differ in their random numbers alone',
    'one routing; the paper has two data sets (C4, Wikitext-2), whose routing is not published',
  )
  return [`${layers}; ${routings}`]
}

/** A cell's name in texts, such as `phi-3.5-moe 16`. */
export function nameOf({ model, tokens, routing }: GridCell): string {
  return `${model} ${tokens}${routing === 1 ? '' : ` (routing ${routing})`}`
}
