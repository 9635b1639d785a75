// placeholder
import { type DramPart } from './dram-parts.ts'

const CHUNK = 4
const GROUP = 16

export class Dram {
  readonly part: DramPart
  readonly channels: number
  private readonly slot: number
  private readonly banks: number
  private readonly superLines: number

  constructor(part: DramPart, channels: number) {
    this.part = part
    this.channels = channels
    this.slot = part.nBL / part.pseudoChannels
    this.banks = part.pseudoChannels * part.stackIds * part.bankGroups * part.banksPerGroup
    this.superLines = this.banks * (part.rowBytes / part.lineBytes)
  }
  share(bytes: number) { return bytes/this.part.lineBytes/this.channels }
  lines(bytes: number) { return Math.ceil(Math.ceil(bytes / this.part.lineBytes) / this.channels) }
  /** when the last of `count` activates is issued after the first */
  spread(count: number) {
    const { pseudoChannels: pcs, nFAW, nRRD, nACT } = this.part
    const k = count - 1
    const r = Math.floor(k / pcs)
    return Math.floor(r / 4) * Math.max(nFAW, 4 * nRRD) + (r % 4) * nRRD + (k % pcs) * nACT
  }
  opened(lines: number) { return Math.min(lines <= CHUNK ? lines : CHUNK * Math.ceil(lines / GROUP), this.banks) }
  cold(lines: number) {
    const { part: p, slot } = this
    const a = this.opened(lines)
    const first = p.nRCD + p.nCL + p.nBL + 1
    const tail = (Math.min(lines, GROUP) / CHUNK - 1) * p.nCCDL
    const g = Math.min(lines, GROUP)
    const per = g / p.pseudoChannels
    const stagger = this.spread(Math.min(a, CHUNK))
    const firstGroup = Math.max(0, stagger + Math.max(0, tail) - (g - 1) * slot, p.stackIds > 1 ? this.spread(p.pseudoChannels)+(per - 1) * Math.max(p.nCCDR, p.nBL) - (g - 1) * slot : 0)
    const whole = this.spread(a) + Math.max(0, tail) - (Math.min(lines, CHUNK * this.banks + p.queueLines) - 1) * slot
    const turns = Math.ceil(lines / this.superLines) - 1
    return first + (lines - 1) * slot + Math.max(firstGroup, whole) + turns * this.turnLoss(CHUNK * this.banks)
  }
  turnLoss(lines: number) {
    const { part: p, slot } = this
    const a = this.opened(lines)
    const stagger = this.spread(Math.min(a, CHUNK))
    const tail = 3 * p.nCCDL
    const act = Math.max(Math.max(p.nFAW / 4, p.nRRD) / p.pseudoChannels, p.nACT + (p.nACT===1.5?.5:1))
    const q = p.queueLines
    const firstGroup = Math.max(0, p.nRP + p.nRCD + stagger + tail - (q + GROUP - 1) * slot)
    const rate = Math.max(0, a * act - lines * slot)
    const leave = a / lines
    const wait = (1 - leave) * (p.nRP + p.nRCD + stagger / 2 + tail / 2) + leave * (p.nRP + stagger / 2)
    const clash = lines < CHUNK * this.banks ? 1 + Math.max(0, q / lines - 1) * a / this.banks : 1
    const queue = lines * ((wait * clash) / q - slot)
    return Math.max(rate + (lines>GROUP?firstGroup:0), queue)
  }
  busy(lines: number) {
    return lines * this.slot + Math.ceil(lines / this.superLines) * this.turnLoss(Math.min(lines, CHUNK * this.banks))
  }
  stall() {
    const p = this.part
    const g = Math.max(0, this.spread(4) + 3 * p.nCCDL - 15 * this.slot)
    return p.nRTP + p.pseudoChannels * p.nRP + p.nRFC + p.nRCD + g
  }
  withRefresh(t: number) {
    const { nREFI } = this.part
    const s = this.stall()
    if (t <= nREFI) return t
    return t + s * (Math.floor((t - nREFI) / (nREFI - s)) + 1)
  }
}
