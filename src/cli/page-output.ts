// A page and its charts as files: --report FILE.html and --charts DIR. Nothing of it is loaded without them.
import { join } from 'node:path'
import type { Experiment } from '../config/experiment/experiment.ts'
import { fail } from '../errors.ts'
import { IoError, readText } from '../io.ts'
import type { ObservedRun } from '../observe/observed-run.ts'
import type { Page, PageScript } from '../report/page/page.ts'
import { assertWritable, writeFile } from './output.ts'
import { Progress } from './progress.ts'
import type { Session } from './session.ts'

export interface PageOptions {
  readonly report?: string | undefined
  readonly charts?: string | undefined
  /** Files are written without a word. */
  readonly quiet?: boolean | undefined
}

/** Where options of a command send its results: not part of what makes them. */
export const WHERE_TO = [
  ...[
    'report',
    'charts',
    'output',
    'output-dir',
    'format',
    'timeline',
    'timeline-window',
    'quiet',
    'workers',
    'color',
    'no-color',
  ],
]

export const REPORT_FLAG = '--report <file>'
export const REPORT_HELP = 'also write a page to look at, one .html file that works offline'
export const CHARTS_FLAG = '--charts <dir>'
export const CHARTS_HELP = 'also write the charts of that page to this folder, as SVG and PNG'

/** Fails now rather than after a simulation where a page or charts cannot be written. */
export async function assertPageOutput(session: Session, { report, charts }: PageOptions): Promise<void> {
  if (report !== undefined) {
    if (!/\.html?$/i.test(report)) {
      fail('usage', { what: `--report writes a page, got "${report}"`, hint: 'let its name end in .html' })
    }
    await assertWritable(session, report)
  }
  if (charts === undefined) return
  if (charts === '') fail('usage', { what: '--charts needs a folder' })
  await madeFolder(session, charts)
  await assertWritable(session, join(charts, 'chart.svg'))
}

/** `build` is called where something is to be written, and only there. */
export async function writePage(
  session: Session,
  { report, charts, quiet }: PageOptions,
  build: () => Page | Promise<Page>,
): Promise<void> {
  if (report === undefined && charts === undefined) return
  const page = await build()
  if (report !== undefined) {
    const { pageHtml } = await import('../report/page/document.ts')
    await writeFile(session, report, pageHtml(session.io, page, await pageScript(session)), quiet)
  }
  if (charts === undefined) return
  await writeCharts(session, charts, page, quiet)
}

async function writeCharts(
  session: Session,
  folder: string,
  page: Page,
  isQuiet: boolean | undefined,
): Promise<void> {
  const { chartFiles } = await import('../report/page/svg.ts')
  const { openPainter } = await import('../report/page/png.ts')
  const painter = await openPainter()
  for await (const { name, svg } of chartFiles(page)) {
    await writeFile(session, join(folder, `${name}.svg`), svg, isQuiet)
    if ('png' in painter) await writeFile(session, join(folder, `${name}.png`), painter.png(svg), isQuiet)
  }
  if ('png' in painter || isQuiet) return
  session.remark(
    `no PNG, charts are SVG alone: npm install @resvg/resvg-js dejavu-fonts-ttf (${painter.missing})`,
  )
}

/** One iteration of the experiment once more, for the charts that need to see inside; on this thread. */
export async function observed(
  session: Session,
  experiment: Experiment,
  isQuiet: boolean,
): Promise<ObservedRun> {
  const { observeRun } = await import('../observe/observed-run.ts')
  const progress = await Progress.create(session, isQuiet)
  const hooks = { onTraceRead: progress.traceRead, onProgress: progress.layersDone }
  try {
    return await observeRun(session.io, experiment, hooks)
  } finally {
    progress.stop()
  }
}

const SCRIPT_LIMIT_BYTES = 8 * 2 ** 20

/** The bundle that the build makes of client/ and Vega. */
async function pageScript({ io }: Session): Promise<PageScript> {
  const read = (name: string) => readText(io, io.bundled('dist', 'client', name), SCRIPT_LIMIT_BYTES)
  return { code: await read('charts.js'), licences: await read('licences.txt') }
}

async function madeFolder(session: Session, folder: string): Promise<void> {
  try {
    await session.io.makeDirectory(folder)
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'write', reason: error.reason }, { file: folder })
    throw error
  }
}
