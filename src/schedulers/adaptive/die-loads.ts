// How full each die is of what has been dealt to it, and how full it would be with some slices more or less.
import type { SliceGroup } from './layout.ts'
import type { BalanceSetting } from './setting.ts'

/** Of the less busy one of channel and compute unit, what does not overlap with the other. */
const EXPOSED = 0.1
/** Of what a die reads more than others where channels are shared: the rest goes through what these leave. */
const OWN_PART = 0.5

export class DieLoads {
  /** Of strains, so far. */
  evaluations = 0
  /** Channel through which each die reads. */
  readonly channelOf: Int32Array
  private readonly setting: BalanceSetting
  /** Slices by (expert, die). */
  private readonly slicesOn: Int32Array
  private readonly channelPs: Float64Array
  private readonly portPs: Float64Array
  private readonly computePs: Float64Array
  /** By die: of the way on which its weights leave a channel elsewhere. */
  private readonly wayPs: Float64Array
  /** By die: the first of those whose weights leave on the same way. */
  private readonly wayOf: Int32Array
  private readonly tokens: Float64Array
  /** Of all dies: tokens that come to them, and messages that bring these. */
  private readonly sent = { tokens: 0, messages: 0 }
  /** Under way at least, there and, where results come home, back. */
  private readonly waysPs: number
  private readonly ways: 1 | 2
  /** Of the busier of channels and compute units, if all slices were dealt evenly. */
  private readonly meanPs: number
  private readonly meanChannelPs: number
  /** By expert: its tokens; of a slice, its time of a channel and of a compute unit; once for each die, that of its inputs. */
  private readonly tokensOf: Float64Array
  private readonly readPsOf: Float64Array
  private readonly computePsOf: Float64Array
  private readonly inputPsOf: Float64Array

  /** With what is on dies already; `groups` are those that are to be dealt. */
  constructor(groups: readonly SliceGroup[], setting: BalanceSetting) {
    const { dies, experts, costs, tokensOf, channelOf, here = [] } = setting
    this.setting = setting
    this.slicesOn = new Int32Array(experts * dies)
    this.channelPs = new Float64Array(dies)
    this.portPs = new Float64Array(dies)
    this.computePs = new Float64Array(dies)
    this.wayPs = new Float64Array(dies)
    this.tokens = new Float64Array(dies)
    this.channelOf = Int32Array.from({ length: dies }, (_, die) => channelOf(die))
    const links = Array.from({ length: dies }, (_, die) => setting.linkOf(die))
    this.wayOf = Int32Array.from(links, (link) => links.indexOf(link))
    this.tokensOf = new Float64Array(experts)
    this.readPsOf = new Float64Array(experts)
    this.inputPsOf = new Float64Array(experts)
    this.computePsOf = new Float64Array(experts)
    for (const { expert } of [...groups, ...here]) {
      const tokens = tokensOf(expert)
      this.tokensOf[expert] = tokens
      this.readPsOf[expert] = costs.readPs + costs.innerPs(tokens)
      this.inputPsOf[expert] = costs.inputPs(tokens)
      this.computePsOf[expert] = costs.computePs(tokens)
    }
    const evenPs = (slicePsOf: Float64Array) =>
      groups.reduce((sum, { expert, slices }) => sum + slices.length * slicePsOf[expert]!, 0) / dies
    this.meanChannelPs = evenPs(this.readPsOf)
    this.meanPs = Math.max(this.meanChannelPs, evenPs(this.computePsOf))
    const { startPs, endPs } = setting
    this.waysPs = Math.max(...startPs) + Math.max(...endPs)
    this.ways = endPs.some((ps) => ps > 0) ? 2 : 1
    for (const { expert, die, slices } of here) {
      this.put(expert, die, slices.length, costs.innerPs(tokensOf(expert)), 0)
    }
  }

  /** Of a slice, on the busier of channel and compute unit. */
  slicePs(expert: number): number {
    return Math.max(this.readPsOf[expert]!, this.computePsOf[expert]!)
  }

  /** Of all dies as they are. */
  strains(): Float64Array {
    const strains = new Float64Array(this.setting.dies)
    for (let die = 0; die < strains.length; die++) strains[die] = this.strain(die, 0, 0)
    return strains
  }

  /** Of all dies and the ways out of them the most. */
  fullest(): number {
    return Math.max(...this.strains(), this.sentStrain() / this.setting.senders)
  }

  /**
   * How full a die is, had it `count` slices of an expert more: a sum over its resources of high powers of their load, so that
   * little but the fullest counts, and of two that are as full both do.
   */
  strain(die: number, expert: number, count: number): number {
    const { costs, dies, isShared, startPs, endPs } = this.setting
    this.evaluations++
    let channelPs = this.channelPs[this.channelOf[die]!]!
    let portPs = this.portPs[die]!
    let computePs = this.computePs[die]!
    let guests = this.tokens[die]!
    if (count !== 0) {
      const before = this.slicesOn[expert * dies + die]!
      const opens = Number(before + count > 0) - Number(before > 0)
      channelPs += count * this.readPsOf[expert]! + opens * this.inputPsOf[expert]!
      portPs += count * costs.portPs
      computePs += count * this.computePsOf[expert]!
      guests += opens * this.tokensOf[expert]!
    }
    if (isShared) channelPs = this.meanChannelPs + OWN_PART * (channelPs - this.meanChannelPs)
    const inPs = this.guestsOf(guests) * costs.tokenPs + this.weightsPs(die, count)
    const moreSent = guests === this.tokens[die]! ? 0 : this.sentStrain(die, guests) - this.sentStrain()
    const after = computePs > 0 ? endPs[die]! : 0
    const before = computePs > 0 ? startPs[die]! : 0
    return (
      this.power(channelPs + EXPOSED * computePs + after) +
      this.power(before + computePs + EXPOSED * Math.max(0, channelPs - before) + after) +
      this.power(portPs) +
      this.power(inPs) +
      moreSent
    )
  }

  /**
   * How full the ways out of all dies are that tokens rest on, had a die so many guests: each token is sent to every die that wants
   * it, and results come home from as many.
   */
  sentStrain(die = 0, guests = this.tokens[die]!): number {
    const { costs, senders, dies } = this.setting
    const tokens = this.sent.tokens + this.guestsOf(guests) - this.guestsOf(this.tokens[die]!)
    const messages = this.sent.messages + this.messagesOf(guests) - this.messagesOf(this.tokens[die]!)
    const away = (dies - 1) / dies / senders
    return (
      senders *
      this.power(this.waysPs + this.ways * away * (tokens * costs.tokenPs + messages * costs.messagePs))
    )
  }

  /** Of links, for weights from a channel elsewhere, with so many slices more. */
  private weightsPs(die: number, count: number): number {
    if (this.channelOf[die] === die) return 0
    return this.wayPs[this.wayOf[die]!]! + count * this.setting.costs.wayPs
  }

  private guestsOf(tokens: number): number {
    return Math.min(this.setting.tokens, tokens)
  }

  private messagesOf(tokens: number): number {
    return Math.min(this.setting.senders, tokens)
  }

  private power(ps: number): number {
    const share = ps / this.meanPs
    const square = share * share
    const eighth = square * square * (square * square)
    return eighth * eighth
  }

  /** Deals so many slices of an expert to a die; takes them away where it is a negative number. */
  add(expert: number, die: number, count: number): void {
    const { costs } = this.setting
    this.put(expert, die, count, this.readPsOf[expert]!, costs.portPs)
    const way = this.wayOf[die]!
    this.wayPs[way] = this.wayPs[way]! + count * costs.wayPs
  }

  private put(expert: number, die: number, count: number, readPs: number, portPs: number): void {
    const at = expert * this.setting.dies + die
    const opens = Number(this.slicesOn[at]! + count > 0) - Number(this.slicesOn[at]! > 0)
    const channel = this.channelOf[die]!
    this.slicesOn[at] = this.slicesOn[at]! + count
    this.channelPs[channel] = this.channelPs[channel]! + count * readPs + opens * this.inputPsOf[expert]!
    this.portPs[die] = this.portPs[die]! + count * portPs
    this.computePs[die] = this.computePs[die]! + count * this.computePsOf[expert]!
    const tokens = this.tokens[die]! + opens * this.tokensOf[expert]!
    this.sent.tokens += this.guestsOf(tokens) - this.guestsOf(this.tokens[die]!)
    this.sent.messages += this.messagesOf(tokens) - this.messagesOf(this.tokens[die]!)
    this.tokens[die] = tokens
  }
}
