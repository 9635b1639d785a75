// When requests arrive: a Poisson process, or the times of a recorded service.
import { randomStream } from '../../engine/random.ts'
import { fail } from '../../errors.ts'

export interface RecordedRequest {
  /** Since the first one. */
  readonly seconds: number
  readonly prefillTokens: number
  readonly decodeTokens: number
}

/** Arrival times in seconds of `requests` requests at `perSecond` on average, gaps exponential. */
export function poissonArrivals(requests: number, perSecond: number, seed: number): number[] {
  const random = randomStream(seed, 'routing/arrivals')
  let seconds = 0
  return Array.from({ length: requests }, () => {
    // 1 - u lies in (0, 1], where the logarithm exists.
    seconds -= Math.log(1 - random()) / perSecond
    return seconds
  })
}

/** The first `requests` of a recording. Where it has fewer it begins again, one mean gap after its last request. */
export function replayedArrivals(requests: number, recorded: readonly RecordedRequest[]): number[] {
  const span = recorded.at(-1)!.seconds
  const period = span + span / Math.max(1, recorded.length - 1)
  return Array.from(
    { length: requests },
    (_, i) => Math.floor(i / recorded.length) * period + recorded[i % recorded.length]!.seconds,
  )
}

const AZURE_HEADER = /^TIMESTAMP,ContextTokens,GeneratedTokens\s*$/

/**
 * Requests of a Mooncake file (JSON lines with timestamp in ms, input_length, output_length) or an Azure LLM inference file
 * (CSV: TIMESTAMP, ContextTokens, GeneratedTokens), in order of time. Throws UserError, with the line.
 */
export function parseArrivals(text: string, file: string): RecordedRequest[] {
  const lines = text.split(/\r?\n/)
  const isAzure = AZURE_HEADER.test(lines[0] ?? '')
  const requests = lines.flatMap((line, index) => {
    if (line.trim() === '' || (isAzure && index === 0)) return []
    const found = isAzure ? azureRequest(line) : mooncakeRequest(line)
    const isFine = found !== undefined && found.prefillTokens + found.decodeTokens > 0
    return isFine ? [found] : refuse(file, index + 1, line)
  })
  if (requests.length === 0) refuse(file, 1, lines[0]!)
  const ordered = requests.sort((a, b) => a.seconds - b.seconds)
  const start = ordered[0]!.seconds
  return ordered.map((request) => ({ ...request, seconds: request.seconds - start }))
}

function azureRequest(line: string): RecordedRequest | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d(?:\.\d+)?),(\d+),(\d+)$/.exec(line)
  if (match === null) return undefined
  const [year, month, day, hours, minutes, seconds, prefillTokens, decodeTokens] = match.slice(1).map(Number)
  const wholeMinutes = (dayNumber(year!, month!, day!) * 24 + hours!) * 60 + minutes!
  return { seconds: wholeMinutes * 60 + seconds!, prefillTokens: prefillTokens!, decodeTokens: decodeTokens! }
}

/** Days since a fixed one, in the Gregorian calendar: years begin in March, so that a leap day is the last of its year. */
function dayNumber(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  // 153 days in every five months from March on, as 31, 30, 31, 30, 31.
  const daysOfMonths = Math.floor((153 * ((month + 9) % 12) + 2) / 5)
  return 365 * marchYear + leapDays + daysOfMonths + day
}

function mooncakeRequest(line: string): RecordedRequest | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
  const { timestamp, input_length, output_length } = (value ?? {}) as Record<string, unknown>
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0
  if (![timestamp, input_length, output_length].every(isCount)) return undefined
  return {
    seconds: (timestamp as number) / 1000,
    prefillTokens: input_length as number,
    decodeTokens: output_length as number,
  }
}

function refuse(file: string, line: number, lineText: string): never {
  return fail(
    'trace',
    {
      what: 'not a recording of request arrivals',
      hint: 'known are Mooncake JSON lines (timestamp, input_length, output_length) and Azure CSV (TIMESTAMP,ContextTokens,GeneratedTokens)',
    },
    { file, span: { line, column: 1, length: Math.max(1, lineText.length), lineText } },
  )
}

/** The file that goes with a trace: a line per request, its id and when it arrives in seconds. */
export function arrivalsCsv(seconds: readonly number[]): string {
  return `request,arrival_s\n${seconds.map((at, index) => `${index},${Number(at.toFixed(6))}\n`).join('')}`
}
