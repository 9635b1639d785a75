// What a placement costs and gains, in labelled lines: drift, links, memory, moving, time of steps, and the verdict.
import type { MachineStudy } from '../../place/machine-study.ts'
import type { PlaceReport } from '../../place/report.ts'
import type { Verdict } from '../../place/verdict.ts'
import { count, percent, ratio, size, time } from '../cells.ts'
import type { Fact } from '../headline.ts'

export function findings({ layers, machine, verdict }: PlaceReport): Fact[] {
  const drifts = layers.flatMap(({ windows }) => windows.map(({ drift }) => drift))
  const drift = drifts.reduce((sum, one) => sum + one, 0) / drifts.length
  return [
    ...(drifts.length === 0
      ? []
      : [{ label: 'drift', text: `${percent(drift)} % of selections, mean over layers and windows` }]),
    ...(machine === undefined ? [] : machineFacts(machine)),
    ...verdictFacts(verdict),
  ]
}

function machineFacts({ links, copies, move, time: steps, devicesPerToken }: MachineStudy): Fact[] {
  const { before, after } = links
  return [
    {
      label: 'links',
      text: `busiest ${size(before.busiestBytes)} before, ${size(after.busiestBytes)} after; all ${size(before.bytes)}, ${size(after.bytes)}`,
    },
    ...(devicesPerToken === undefined
      ? []
      : [
          {
            label: 'a token',
            text: `has its experts on ${ratio(devicesPerToken.before)} devices before, ${ratio(devicesPerToken.after)} after`,
          },
        ]),
    { label: 'copies', text: `${size(copies.bytes)}, up to ${size(copies.bytesPerDevice)} on a device` },
    {
      label: 'moving',
      text: `${count(move.experts)} experts, ${size(move.bytes)}, ${time(move.ps)} with all else at rest`,
    },
    ...(steps === undefined
      ? []
      : [
          {
            label: 'steps',
            text: `of ${count(steps.tokens)} tokens, ${steps.how} on ${steps.layers.length} layers, scaled to all`,
          },
        ]),
  ]
}

function verdictFacts({ answer, reason, gain, measure, savedPs, movePs, breakEvenSteps }: Verdict): Fact[] {
  const interval = (ci95: number | undefined, format: (value: number) => string) =>
    ci95 === undefined ? '' : ` ± ${format(ci95)}`
  const steps = (value: number) => (Number.isFinite(value) ? count(Math.ceil(value)) : 'never')
  return [
    ...(gain === undefined
      ? []
      : [{ label: 'gain', text: `${ratio(gain.mean)}${interval(gain.ci95, ratio)} x in ${measure}` }]),
    ...(savedPs === undefined
      ? []
      : [{ label: 'saves', text: `${time(savedPs.mean)}${interval(savedPs.ci95, time)} a step` }]),
    ...(breakEvenSteps === undefined || movePs === undefined
      ? []
      : [
          {
            label: 'pays after',
            text: `${steps(breakEvenSteps.mean)} steps (${steps(breakEvenSteps.fewest)} to ${steps(breakEvenSteps.most)})`,
          },
        ]),
    { label: 'verdict', text: `${answer}: ${reason}` },
  ]
}
