// The start-ups and the payload's share of a GPU's exchanges, found on rows of measured dispatches and combines.
import type { HardwareSpec, LinkSpec } from '../../hardware/spec.ts'
import { type Fittable, type FoundConstant, fitConstants, meanLoss } from './constants-fit.ts'
import { type ExchangeCase, exchangeUs } from './exchange-case.ts'

export interface ExchangeFitRow {
  readonly given: ExchangeCase
  readonly measuredUs: number
}

/** The constants with the least loss, as a file would state them. */
export function fitExchanges(hardware: HardwareSpec, rows: readonly ExchangeFitRow[]): FoundConstant[] {
  return fitConstants(hardware, FITTABLE, (candidate) =>
    meanLoss(
      rows,
      ({ given }) => exchangeUs(candidate, given),
      ({ measuredUs }) => measuredUs,
    ),
  )
}

const withLink = (hardware: HardwareSpec, link: Partial<LinkSpec>): HardwareSpec => ({
  ...hardware,
  link: { ...hardware.link, ...link },
})
const NO_STARTUP = { messagePs: 0, exchangePs: 0 }

const FITTABLE: readonly Fittable<HardwareSpec>[] = [
  {
    name: 'link.startup.exchange',
    unit: 'us',
    starts: [1e7],
    write: (spec, exchangePs) =>
      withLink(spec, { startup: { ...NO_STARTUP, ...spec.link.startup, exchangePs } }),
  },
  {
    name: 'link.startup.message',
    unit: 'ns',
    starts: [5e4],
    write: (spec, messagePs) =>
      withLink(spec, { startup: { ...NO_STARTUP, ...spec.link.startup, messagePs } }),
  },
  {
    name: 'link.efficiency',
    unit: '',
    starts: [0.6],
    write: (spec, efficiency) => withLink(spec, { efficiency }),
  },
  {
    name: 'nodes.startup.message',
    unit: 'ns',
    starts: [5e4],
    write: (spec, messagePs) =>
      spec.link.outer === undefined ? spec : withLink(spec, { outer: { ...spec.link.outer, messagePs } }),
  },
]
