// Charts as SVG files, drawn by Vega in Node: the page's specs and light theme, with no browser.
import { type Chart, chartsOf, type Page, POINTER_LAYER } from './page.ts'
import { chartConfig } from './theme.ts'

export interface ChartFile {
  /** Without ending. */
  readonly name: string
  readonly svg: string
}

/** One after the other, in the order of the page. The same page gives the same bytes. */
export async function* chartFiles(page: Page): AsyncGenerator<ChartFile, void> {
  for (const chart of chartsOf(page)) yield { name: chart.id, svg: await chartSvg(chart, page.datasets) }
}

async function chartSvg({ spec, title }: Chart, datasets: Page['datasets']): Promise<string> {
  const { parse, View } = await import('vega')
  const { compile } = await import('vega-lite')
  const whole = { title, ...withoutPointerLayers(spec), datasets } as typeof spec
  const { spec: compiled } = compile(whole, { config: chartConfig('light') })
  const view = new View(parse(compiled), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return `${svg}\n`
}

/** What is not seen makes an SVG large: each point is an element. */
function withoutPointerLayers<Spec extends object>(spec: Spec): Spec {
  const { layer, spec: inner } = spec as {
    layer?: readonly { readonly name?: string }[]
    spec?: object
  }
  return {
    ...spec,
    ...(layer && { layer: layer.filter(({ name }) => name !== POINTER_LAYER) }),
    ...(inner && { spec: withoutPointerLayers(inner) }),
  }
}
