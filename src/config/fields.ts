// Building blocks of the config schemas. The error text of a field is what it expects: validate.ts builds on that.
import * as z from 'zod'
import { type Dimension, exampleQuantity, expectedQuantity, formatQuantity, parseQuantity } from '../units.ts'

const KEY_SEPARATOR = ', '

/** A mapping with exactly these keys. Its unknown-key issue carries the allowed keys as text: see `allowedKeys`. */
export function mapping<T extends z.ZodRawShape>(shape: T) {
  const keys = Object.keys(shape).join(KEY_SEPARATOR)
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : `a mapping of ${keys}`),
  })
}

/** The allowed keys out of the message of an unknown-key issue. */
export const allowedKeys = (message: string): string[] => message.split(KEY_SEPARATOR)

/** A mapping from names to `value`, such as efficiencies by model. */
export function byName<T extends z.ZodType>(value: T, expected: string) {
  return z.record(z.string(), value, { error: expected })
}

const quantityText = (dimension: Dimension, error: string) =>
  z.string({ error }).meta({ examples: [exampleQuantity(dimension)] })

/** Of fields that are quantities, what they measure. */
export const quantities = z.registry<{ readonly dimension: Dimension }>()

/**
 * Beyond these (in base units) a number is a slip of the pen, and times would outgrow what the simulator counts exactly.
 * Zero is another matter: see `positive`.
 */
const PLAUSIBLE: Partial<Record<Dimension, readonly [least: number, most: number]>> = {
  time: [0, 1e12],
  size: [0, 1e18],
  bandwidth: [1e-9, 1e6],
  rate: [1e-9, 1e12],
  frequency: [1e3, 1e12],
  energy: [1e-6, 1e9],
  energyPerByte: [1e-6, 1e9],
  power: [1e-6, 1e6],
  area: [1e-6, 1e6],
  areaPerByte: [1e-12, 1],
}

/** Times are whole picoseconds: rounded up here, once, so that nothing below sees a part of one. */
const inWholePs = (value: number, dimension: Dimension) => (dimension === 'time' ? Math.ceil(value) : value)

/** A quantity in base units, times rounded up to whole ones. `positive`: more than zero. */
export function quantity(dimension: Dimension, positive: boolean) {
  const expected = expectedQuantity(dimension)
  const [least, most] = PLAUSIBLE[dimension] ?? [0, Number.MAX_VALUE]
  const range = `from ${formatQuantity(least, dimension)} to ${formatQuantity(most, dimension)}`
  const field = quantityText(dimension, expected).transform((text, context) => {
    const value = parseQuantity(text, dimension)
    const isPlausible = typeof value === 'number' && (value === 0 || (value >= least && value <= most))
    if (isPlausible && (value > 0 || !positive)) return inWholePs(value, dimension)
    const beyond = isPlausible ? 'more than zero' : range
    const message = typeof value === 'number' ? `${beyond}: ${expected}` : value.expected
    const params = typeof value === 'number' ? {} : { suggestion: value.suggestion }
    context.issues.push({ code: 'custom', message, input: text, params })
    return z.NEVER
  })
  return field.register(quantities, { dimension })
}

/** A size in whole bytes, or `unlimited` = Infinity. `smallest`: least bytes allowed. */
export function sizeOrUnlimited(smallest: number) {
  const expected = `${expectedQuantity('size')}, or "unlimited"`
  const field = quantityText('size', expected).transform((text, context) => {
    if (text === 'unlimited') return Number.POSITIVE_INFINITY
    const value = parseQuantity(text, 'size')
    const isPlausible = typeof value === 'number' && value <= PLAUSIBLE.size![1]
    if (isPlausible && Math.round(value) >= smallest) return Math.round(value)
    const range = `from ${smallest} B to ${formatQuantity(PLAUSIBLE.size![1], 'size')}`
    const message = typeof value === 'number' ? `a size ${range}: ${expected}` : expected
    const params = typeof value === 'number' ? {} : { suggestion: value.suggestion }
    context.issues.push({ code: 'custom', message, input: text, params })
    return z.NEVER
  })
  return field.register(quantities, { dimension: 'size' })
}

export function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

/** A plain number within [min, max]; `above` excludes min itself. */
export function plainNumber(min: number, max: number, above = false) {
  const error = above ? `a number above ${min}, at most ${max}` : `a number from ${min} to ${max}`
  const base = z.number({ error }).max(max, { error })
  return above ? base.gt(min, { error }) : base.min(min, { error })
}

/** A share of a rate that is reached, such as an efficiency. With less nothing would end in the time that a simulation has. */
export const reachedShare = plainNumber(1e-9, 1)

/** How a constant is known: stated by a source, fitted to measurements (`on` says which), or assumed. */
export interface Known<T> {
  readonly value: T
  readonly basis: 'published' | 'fitted' | 'assumed'
  readonly on?: string | undefined
}

/** Tells a constant from other mappings, such as one by shape of expert. */
export function isKnown<T>(value: Known<T> | Readonly<Record<string, T>>): value is Known<T> {
  return typeof value.basis === 'string'
}

/** A number that may say how it is known, without that. */
export function plainValue<T>(stated: T | Known<T>): T {
  return typeof stated === 'object' && stated !== null && 'basis' in stated ? stated.value : stated
}

/** A constant with how it is known, such as {fitted: 0.9, on: the rows it was fitted on}. */
export function known<T>(value: z.ZodType<T>) {
  const bases = { published: value.optional(), fitted: value.optional(), assumed: value.optional() }
  const on = name('the rows that the constant was fitted on').optional()
  return mapping({ ...bases, on }).transform(({ on, ...given }, context): Known<T> => {
    // A misspelt key has its own finding.
    if (context.issues.length > 0) return z.NEVER
    const found = (['published', 'fitted', 'assumed'] as const).flatMap((basis) => {
      const value = given[basis]
      return value === undefined ? [] : [{ basis, value, ...(on !== undefined && { on }) }]
    })
    const first = found[0]
    const problem = (message: string) => {
      context.issues.push({ code: 'custom', message, input: given })
      return z.NEVER
    }
    if (first === undefined || found.length > 1)
      return problem('exactly one of published, fitted and assumed, such as {published: 132}')
    if ((first.basis === 'fitted') !== (on !== undefined))
      return problem('fitted together with on, which says on what rows; on with nothing else')
    return first
  })
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` })
}

export const flag = () => z.boolean({ error: 'true or false' })

export function name(expected: string) {
  return z.string({ error: expected }).min(1, { error: expected }).max(500, { error: expected })
}

/** `all`, or a list of distinct ids below `limit`. Ascending order is not asked for, but kept. */
export function idList(limit: number, expected: string) {
  const id = wholeNumber(0, limit - 1)
  return z.array(id, { error: expected }).min(1, { error: expected }).max(limit, { error: expected })
}
