// A placement as JSON: its maps and loads by layer.
import type { PlaceReport } from '../../place/report.ts'

export function placeJson(report: PlaceReport): string {
  const { source, algorithm, hardware, devices, slots, fit, judge, current, layers } = report
  const { path, model, experts, units } = source
  const document = {
    schemaVersion: 1,
    algorithm,
    ...(hardware !== undefined && { hardware }),
    ...(model !== undefined && { model }),
    ...{ devices, slots, experts },
    source: { path, units: units.kind, count: units.count },
    fit,
    ...(judge !== undefined && { judge }),
    before: current,
    layers: layers.map((layer) => ({
      layer: layer.layer,
      maxLoad: layer.maxLoad,
      meanLoad: layer.meanLoad,
      maxLoadBefore: layer.maxLoadBefore,
      ...(layer.bound !== undefined && { bound: layer.bound, gap: gapOf(layer.maxLoad, layer.bound) }),
      ...(layer.windows.length > 0 && {
        windows: layer.windows.map(({ span, mean, before, after, drift }) => ({
          ...span,
          meanLoad: mean,
          maxLoadBefore: before,
          maxLoad: after,
          drift,
        })),
      }),
      devices: layer.slots,
    })),
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

const gapOf = (maxLoad: number, bound: number) => (maxLoad === 0 ? 0 : 1 - bound / maxLoad)
