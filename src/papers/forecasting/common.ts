// What the figures of the forecasting paper write alike.
import type { Amount, Judgement } from '../figure.ts'
import { near } from '../rules.ts'

/** A number and the half-width of its 95 % interval, which it has where layers are sampled. */
export type Estimated = Pick<Amount, 'value' | 'ci95'>

export const ratioAmount = ({ value, ci95 }: Estimated): Amount => ({ value, unit: 'ratio', ci95 })

/** A single value is as published when within this share. */
export const BAND = 0.15

/** `6.63x`. */
export const times = (value: number) => `${Number(value.toPrecision(3))}x`

/** Pass within a share of the published number, partly within twice that. */
export const within = (ours: number, published: number, band: number): Judgement =>
  near(ours, published, { pass: band, partly: 2 * band })
