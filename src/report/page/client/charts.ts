// What runs inside a page of moesim: draws the Vega-Lite charts that the page holds as data, in light or dark.
import embed, { type Config, type Result, type VisualizationSpec } from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'
import { fitted, fittedConfig, isNarrow } from '../fitted.ts'
import { lazyTooltips } from './tooltips.ts'

interface PageData {
  readonly themes: { readonly light: Config; readonly dark: Config }
  /** Rows by name; a chart refers to them as `data: { name }`, so that several charts share them. */
  readonly datasets: Readonly<Record<string, readonly object[]>>
  /** By the id of the element to draw into. */
  readonly charts: Readonly<Record<string, VisualizationSpec>>
}

interface Drawn extends Pick<Result, 'view' | 'finalize'> {
  /** With its rows, as it is saved. */
  readonly spec: VisualizationSpec
}

const root = document.documentElement
const data: PageData = JSON.parse(document.getElementById('moesim-data')?.textContent ?? '{}')
const drawn = new Map<string, Drawn>()
let drawing = Promise.resolve()
/** Width of the page when its charts were last drawn. */
let drawnPx = 0

/** As SVG every mark is an element that can be styled and read aloud; so many elements take seconds to draw. */
const MOST_SVG_ROWS = 1000

/** As Vega counts levels. */
const ERRORS_ALONE = 1

/** With `ast` and the interpreter Vega needs no eval, which the page's content security policy forbids. */
async function draw(id: string, spec: VisualizationSpec, theme: 'light' | 'dark'): Promise<boolean> {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`no element for chart ${id}`)
  drawn.get(id)?.finalize()
  const datasets = usedDatasets(spec)
  const isLarge = Object.values(datasets).some((rows) => rows.length > MOST_SVG_ROWS)
  const whole = { ...spec, datasets } as VisualizationSpec
  // Nothing reads a canvas aloud mark by mark, and working the words out for each takes most of the time.
  const roomPx = element.clientWidth
  const themed = fittedConfig(data.themes[theme], roomPx)
  const config = isLarge ? { ...themed, aria: false } : themed
  const lazy = isLarge ? lazyTooltips(spec) : undefined
  const shown = fitted((lazy ? { ...lazy.spec, datasets } : whole) as VisualizationSpec, roomPx)
  const result = await embed(element, shown, {
    ...{ mode: 'vega-lite', renderer: isLarge ? 'canvas' : 'svg', ast: true, expr: expressionInterpreter },
    // Vega-Lite warns of the height of every chart that is fitted to a width.
    ...(isNarrow(roomPx) && { logLevel: ERRORS_ALONE }),
    ...{ actions: false, defaultStyle: false, config },
    tooltip: { theme, disableDefaultStyle: true, ...(lazy && { formatTooltip: lazy.format }) },
  })
  drawn.set(id, { view: result.view, spec: whole, finalize: result.finalize })
  return isLarge
}

function usedDatasets(spec: VisualizationSpec): PageData['datasets'] {
  const { name } = (spec as { data?: { name?: string } }).data ?? {}
  return name === undefined ? {} : { [name]: data.datasets[name] ?? [] }
}

/** Unlike a frame it also comes while the page is hidden. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => resolve()
    port2.postMessage(undefined)
  })
}

async function drawAll(theme: 'light' | 'dark'): Promise<void> {
  root.dataset.charts = 'drawing'
  for (const [id, spec] of Object.entries(data.charts)) {
    // Charts that take long are on the screen, and the page can be scrolled, before the next one is worked out. The others
    // are there when the page has loaded: a snapshot taken then shows them.
    if (await draw(id, spec, theme)) await nextTask()
  }
  root.dataset.charts = 'drawn'
}

function save(name: string, type: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

document.addEventListener('click', ({ target }) => {
  if (!(target instanceof HTMLButtonElement)) return
  const { chart, save: wanted } = target.dataset
  const result = chart === undefined ? undefined : drawn.get(chart)
  if (chart === undefined || result === undefined) return
  if (wanted === 'spec') save(`${chart}.vl.json`, 'application/json', JSON.stringify(result.spec, null, 2))
  else result.view.toSVG().then((svg) => save(`${chart}.svg`, 'image/svg+xml', svg))
})

const dark = matchMedia('(prefers-color-scheme: dark)')
const redraw = (theme: 'light' | 'dark' = dark.matches ? 'dark' : 'light') => {
  drawnPx = root.clientWidth
  drawing = drawing.then(() => drawAll(theme))
}
dark.addEventListener('change', () => redraw())
addEventListener('resize', () => {
  if (root.clientWidth !== drawnPx) redraw()
})
// Paper is white, and nothing on it can be opened.
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll<HTMLDetailsElement>('section details')) details.open = true
  if (dark.matches) redraw('light')
})
addEventListener('afterprint', () => {
  if (dark.matches) redraw()
})
redraw()
