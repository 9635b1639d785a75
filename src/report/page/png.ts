// Charts as PNG, painted from their SVG by an optional package and in the typeface that another one ships.
import { createRequire } from 'node:module'

/** What the optional packages give. */
export interface Painter {
  png(svg: string): Uint8Array
}

export interface PaintingTools {
  readonly resvg: typeof import('@resvg/resvg-js')
  /** Regular and bold: a face that is not given is not there, and its text vanishes without a word. */
  readonly fontFiles: readonly string[]
}

/** Pixels for each unit of the SVG: sharp on dense screens and in print. */
const SCALE = 2
const FAMILY = 'DejaVu Sans'

/** The reason where the packages cannot be loaded. The same SVG gives the same bytes. */
export async function openPainter(
  load: () => Promise<PaintingTools> = installedTools,
): Promise<Painter | { readonly missing: string }> {
  let tools: PaintingTools
  try {
    tools = await load()
  } catch (error) {
    // Packages that are not installed, or not built for this machine: whatever they throw, there is no PNG.
    return { missing: error instanceof Error ? error.message.split('\n')[0]! : String(error) }
  }
  const { resvg, fontFiles } = tools
  const font = {
    ...{ loadSystemFonts: false, fontFiles: [...fontFiles], defaultFontFamily: FAMILY },
    sansSerifFamily: FAMILY,
  }
  return {
    png: (svg) => {
      const fitTo = { mode: 'zoom', value: SCALE } as const
      return new resvg.Resvg(svg, { font, fitTo, background: 'white' }).render().asPng()
    },
  }
}

async function installedTools(): Promise<PaintingTools> {
  const resvg = await import('@resvg/resvg-js')
  const { resolve } = createRequire(import.meta.url)
  return {
    resvg,
    fontFiles: [
      resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
      resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
    ],
  }
}
