// Charts on narrow screens: as wide as there is room, panels below each other, legends that go down instead of across.
import { TO_SCALE } from './page.ts'

/** The parts of a spec that say how wide it is. */
interface Sized {
  readonly name?: string
  readonly width?: unknown
  readonly autosize?: unknown
  readonly facet?: unknown
  readonly columns?: number
  readonly spec?: Sized
  readonly layer?: readonly { readonly mark?: { readonly type?: string } }[]
}

/** The parts of a theme that say how long labels and legends are. */
interface Styled {
  readonly axis?: object
  readonly legend?: object
}

/** From this width on charts are drawn as they are. */
const WIDE_PX = 1040
const PHONE_PX = 520
/** Beside a panel: its axis, title and padding. */
const PANEL_MARGIN_PX = 84
/** The longest labels and the padding beside a chart without panels. */
const LABELS_PX = 280
const PADDING_PX = 8
const TEXT_PX = 96
const NARROW_LABEL_PX = 130
const NARROW_GRADIENT_PX = 150

export const isNarrow = (roomPx: number) => roomPx < WIDE_PX

/** The same marks in `roomPx` pixels. A view that is drawn to scale (`TO_SCALE`) keeps its shape. */
export function fitted<Spec extends object>(spec: Spec, roomPx: number): Spec {
  if (!isNarrow(roomPx)) return spec
  const base = roomPx < PHONE_PX ? withLegendsDown(spec) : spec
  const sized: Sized = base
  if (sized.facet === undefined) {
    const autosize = { type: 'fit-x', contains: 'padding' }
    // Text beside a bar is no part of the fit.
    const hasText = sized.layer?.some(({ mark }) => mark?.type === 'text') === true
    const padding = { left: PADDING_PX, top: PADDING_PX, bottom: PADDING_PX, right: PADDING_PX + TEXT_PX }
    const isWider = typeof sized.width === 'number' && sized.width > roomPx - LABELS_PX
    return {
      ...base,
      ...(isWider && { width: roomPx, autosize, ...(hasText && { padding }) }),
    }
  }
  const panel = sized.spec ?? {}
  const most = roomPx - PANEL_MARGIN_PX
  const isFixed = panel.name === TO_SCALE || typeof panel.width !== 'number'
  const width = isFixed ? panel.width : Math.min(panel.width as number, most)
  const perRow = typeof width === 'number' ? Math.max(1, Math.floor(roomPx / (width + PANEL_MARGIN_PX))) : 1
  const columns = Math.min(sized.columns ?? 1, perRow)
  return { ...base, columns, spec: { ...panel, width } }
}

/** With the entries of each legend below each other. */
function withLegendsDown<Spec extends object>(spec: Spec): Spec {
  return JSON.parse(JSON.stringify(spec), (key, value) => {
    if (key !== 'legend' || value === null || typeof value !== 'object') return value
    const { gradientLength } = value as { gradientLength?: number }
    return { ...value, columns: 1, ...(gradientLength && { gradientLength: NARROW_GRADIENT_PX }) }
  })
}

/** The theme with shorter labels and legends below each other. */
export function fittedConfig<Theme extends Styled>(config: Theme, roomPx: number): Theme {
  if (!isNarrow(roomPx)) return config
  const isPhone = roomPx < PHONE_PX
  return {
    ...config,
    axis: { ...config.axis, ...(isPhone && { labelLimit: NARROW_LABEL_PX }) },
    legend: {
      ...config.legend,
      ...(isPhone && { columns: 1, gradientLength: NARROW_GRADIENT_PX }),
      layout: { top: { direction: 'vertical', anchor: 'start' } },
    },
  }
}
