// How long a layer takes whose slices are dealt: what its dies have to do, what has to be sent, and where one waits for the other.
import { grouped } from '../../grouped.ts'
import { flowPs } from './flow.ts'
import type { BalanceSetting, Part } from './setting.ts'

/** `window`: slices that a die has on their way at a time. */
export function planPs(parts: readonly Part[], setting: BalanceSetting, window: number): number {
  const { messagesPs, tokensPs } = sendingPs(parts, setting)
  return Math.max(
    fullestPs(parts, setting, messagesPs),
    messagesPs + movesPs(parts, setting, tokensPs),
    slowestFlowPs(parts, setting, window),
  )
}

function slowestFlowPs(
  parts: readonly Part[],
  { costs, tokens, dies, startPs, endPs }: BalanceSetting,
  window: number,
): number {
  const away = (dies - 1) / dies
  const ofDies = grouped(parts, ({ die }) => die)
  return Math.max(
    ...[...ofDies].map(([die, own]) =>
      flowPs(own, { costs, tokens, window, away, startPs: startPs[die]!, endPs: endPs[die]! }),
    ),
  )
}

/** Until the last token has come, and, where they are sent back, from the first result that leaves to the last that is home. */
function movesPs(parts: readonly Part[], { startPs, endPs }: BalanceSetting, tokensPs: number): number {
  const farthest = (ps: Float64Array) => Math.max(...parts.map(({ die }) => ps[die]!))
  const homePs = farthest(endPs)
  return farthest(startPs) + tokensPs + (homePs > 0 ? tokensPs + homePs : 0)
}

/**
 * What a die that tokens rest on takes to send them: to each die that computes any once, in a message of its own. The last of
 * its messages starts when all others have, and some die waits for it.
 */
function sendingPs(parts: readonly Part[], { costs, tokens, senders, dies }: BalanceSetting) {
  const guests = new Float64Array(dies)
  for (const part of parts) guests[part.die] = Math.min(tokens, guests[part.die]! + part.tokens)
  const messages = guests.reduce((sum, count) => sum + Math.min(senders, count), 0) / senders
  const sent = guests.reduce((sum, count) => sum + count, 0) / senders
  return { messagesPs: messages * costs.messagePs, tokensPs: sent * costs.tokenPs }
}

/** Of channel, cache port and compute unit of all dies, what has most to do; `messagesPs`: before a unit has the last tokens. */
function fullestPs(
  parts: readonly Part[],
  { costs, dies, channelOf, startPs, endPs }: BalanceSetting,
  messagesPs: number,
): number {
  const channelPs = new Float64Array(dies)
  const portPs = new Float64Array(dies)
  const computePs = new Float64Array(dies)
  for (const { die, tokens, slices } of parts) {
    const channel = channelOf(die)
    const readPs = slices.length * (costs.readPs + costs.innerPs(tokens)) + costs.inputPs(tokens)
    channelPs[channel] = channelPs[channel]! + readPs
    portPs[die] = portPs[die]! + slices.length * costs.portPs
    computePs[die] = (computePs[die]! || startPs[die]! + messagesPs) + slices.length * costs.computePs(tokens)
  }
  const ends = (ps: number, die: number) => (computePs[die]! > 0 ? ps + endPs[die]! : ps)
  return Math.max(...channelPs.map(ends), ...portPs, ...computePs.map(ends))
}
