// How charts look in light and in dark: one Vega-Lite config each, and the colours both share with the page's style.
import type { Config } from 'vega-lite'

interface Palette {
  readonly text: string
  readonly muted: string
  readonly grid: string
  readonly background: string
  /** Told apart with any colour vision: after Okabe and Ito, lightened or darkened for its background. */
  readonly categories: readonly string[]
  readonly ramp: string
  /** For lines: from what is just seen on the background to what stands out most. */
  readonly lineRamp: readonly string[]
}

const LIGHT: Palette = {
  text: '#1c2024',
  muted: '#565d66',
  grid: '#dfe3e8',
  background: '#ffffff',
  categories: ['#0072b2', '#d55e00', '#009e73', '#b3589a', '#b98a00', '#6b6b6b', '#3d9bd1', '#7a4fbf'],
  ramp: 'viridis',
  lineRamp: ['#c3cad2', '#e0701a', '#7a0c0c'],
}

const DARK: Palette = {
  text: '#e6e9ec',
  muted: '#a6aeb8',
  grid: '#383f47',
  background: '#181b1f',
  categories: ['#4aa8e0', '#f08c4a', '#35c795', '#dd93c6', '#e6c14a', '#b0b0b0', '#9ad0f2', '#b79bf0'],
  ramp: 'viridis',
  lineRamp: ['#4b545e', '#e8863a', '#ffe3b8'],
}

export const palettes = { light: LIGHT, dark: DARK } as const

export const FONT = 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif'

export function chartConfig(name: keyof typeof palettes): Config {
  const { text, muted, grid, background, categories, ramp, lineRamp } = palettes[name]
  const labels = { labelColor: text, titleColor: text, labelFontSize: 12, titleFontSize: 12, labelLimit: 280 }
  return {
    background,
    font: FONT,
    padding: 8,
    range: {
      ...{ category: [...categories], heatmap: { scheme: ramp }, ramp: { scheme: ramp } },
      // No chart diverges: a range of this name is what a spec can ask for beside the ramp.
      diverging: [...lineRamp],
    },
    axis: { ...labels, gridColor: grid, domainColor: muted, tickColor: muted, titleFontWeight: 'normal' },
    legend: { ...labels, symbolSize: 120 },
    header: { ...labels, labelFontSize: 13 },
    title: { color: text, fontSize: 13 },
    text: { color: text, fontSize: 12 },
    rule: { color: text },
    tick: { color: text, opacity: 1 },
    mark: { color: categories[0]! },
    style: { outlined: { stroke: muted }, muted: { color: muted } },
    view: { stroke: grid },
  }
}
