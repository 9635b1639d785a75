// A placement as JSON: its maps and loads by layer.
import type { MachineStudy } from '../../place/machine-study.ts'
import type { PlaceReport } from '../../place/report.ts'
import type { Verdict } from '../../place/verdict.ts'

export function placeJson(report: PlaceReport): string {
  const { source, algorithm, hardware, devices, slots, fit, judge, current, layers } = report
  const { machine, verdict } = report
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
    verdict: verdictJson(verdict),
    ...(machine !== undefined && { machine: machineJson(machine) }),
    layers: layers.map((layer) => ({
      layer: layer.layer,
      maxLoad: layer.maxLoad,
      meanLoad: layer.meanLoad,
      maxLoadBefore: layer.maxLoadBefore,
      ...(layer.bound !== undefined && { bound: layer.bound, gap: gapOf(layer.maxLoad, layer.bound) }),
      ...(layer.rule !== undefined && { pairs: layer.rule }),
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

/** A number of steps that is never reached is null. */
function verdictJson({
  answer,
  reason,
  measure,
  gain,
  savedPs,
  movePs,
  breakEvenSteps,
  horizonSteps,
}: Verdict) {
  const finite = (steps: number) => (Number.isFinite(steps) ? steps : null)
  return {
    ...{ answer, reason, measure, gain, savedPs, movePs },
    ...(breakEvenSteps && {
      breakEvenSteps: {
        mean: finite(breakEvenSteps.mean),
        fewest: finite(breakEvenSteps.fewest),
        most: finite(breakEvenSteps.most),
      },
    }),
    horizonSteps,
  }
}

function machineJson({ links, copies, move, time, devicesPerToken }: MachineStudy) {
  return {
    linkBytes: links,
    ...(devicesPerToken && { devicesPerToken }),
    copyBytes: copies.bytes,
    copyBytesPerDevice: copies.bytesPerDevice,
    moveExperts: move.experts,
    moveBytes: move.bytes,
    movePs: move.ps,
    ...(time !== undefined && {
      steps: {
        ...{ how: time.how, tokens: time.tokens, layers: time.layers },
        windows: time.windows.map(({ span, before, after }) => ({
          ...span,
          beforePs: before,
          afterPs: after,
        })),
      },
    }),
  }
}

const gapOf = (maxLoad: number, bound: number) => (maxLoad === 0 ? 0 : 1 - bound / maxLoad)
