// How long a DRAM of some channels is busy with a read, from the timings of its part: a closed form.
//
// Layout. Lines (one read command each) go round the channels; within a channel, groups of 16 lines lie on 4 banks
// with 4 lines each, and a row of every bank is used before the next row of any (Ramulator's MOP4CLXOR, the sensible
// streaming choice). So n lines of a channel open a(n) = min(n, max(4, n/4), banks) rows, then the others only when
// all rows are used up, after banks x rowLines lines: one `round`.
//
// Cold read, all banks closed: activate, read, data, then the data pins are busy without a gap:
//   cold(n) = nRCD + nCL + nBL + 1 + (n - 1) slot + gap,  slot = nBL / pseudoChannels, 1 = the controller's clock
// unless the rows open too slowly (gap): the last of a activates leaves spread(a) clocks after the first (four per
// nFAW, nRRD apart, pseudo-channels side by side), and its bank's lines follow nCCDL apart.
//
// Back-to-back reads, every one in other rows: busy(n) = n slot + turn(n) per round. The lines that find their bank
// closed, at most 4 per bank, need four things, in clocks per line:
//   data pins     slot
//   activates     a/n max(nFAW/4, nRRD) / pseudoChannels
//   command pins  nRD + a/n (nACT + nPRE)
//   queue         w/queueLines, Little's law: a line waits w = nRP + spread(4)/2 + nRCD in the controller's queue for
//                 its row (the a/n lines that open one leave it at their activate, without nRCD)
// The scarcest, `slowest`, sets the pace; as all meet in one queue the others get in its way:
//   turn(n) = n (slowest - slot) + min(n, queueLines/2) ((sum of the 4th powers)^(1/4) - slowest)
// The exponent 4 and the half of the queue are the only fitted constants, one pair for all parts.
//
// Refresh: every nREFI all banks of all channels are away for
//   stall = nRTP + pseudoChannels nRP + nRFC + nRCD + gap of the first group
// (the controller precharges pseudo-channels one after another). Refreshes have fixed times, so a short read may
// dodge them: `finishPs` counts those that fall into the read, `efficiency` takes their average share.
//
// Fewer reads in flight than the pins need (`outstandingLines`, a DMA window): a line takes a round trip of
// nCL + nBL + 1 shared by the lines in flight, if that is longer than its slot.
//
// Where references disagree this follows Ramulator 2.1: DRAMsim3 refreshes DDR4 more cheaply (DDR4-2400 streams at
// 0.982 of the peak, Ramulator says 0.951) and LPDDR4 for free. Neither has writes in its rows: the turnaround is
// the standards' and unchecked. Not modelled: address mappings that walk a row of one bank before the next bank.
import type { DramPart } from './dram-parts.ts'

/** Lines in a row of one bank before the next bank's turn, and lines of a group of banks. */
const CHUNK_LINES = 4
const GROUP_LINES = CHUNK_LINES ** 2

/** Fitted: how sharply the scarcest resource dominates. */
const CONTENTION_EXPONENT = 4
/** Fitted: share of the queue that feels the contention of a new row. */
const CONTENTION_QUEUE = 1 / 2

/**
 * One kind of memory with so many channels, read in bursts.
 *
 * Against Ramulator 2.1 (7 parts, 1 and 4 or 8 channels, MOP4CLXOR), mean and worst
 * absolute error of the time: streams and bursts of 64 KiB and more 0.3 % and 1.9 %; bursts of 4..64 KiB, alone and
 * back to back, 1.0 % and 7.5 % (HBM3 on 8 channels); smaller ones 2.2 % and 13 % (LPDDR5, whose activates come in
 * two halves); reads that wait for one another 1.9 % and 8 %; a window of N lines 6.7 % and 30 %, worst where a
 * channel has less than one line in flight.
 */
export class Dram {
  /** Peak of all channels. */
  readonly peakBytesPerPs: number
  /** Idle memory, closed row: from the request to the end of the first line. */
  readonly latencyPs: number
  readonly refreshIntervalPs: number
  /** Time one refresh takes from a busy memory. */
  readonly refreshStallPs: number
  /** Time lost on the way from reading to writing and back: nCL + 2 + nWTR clocks beyond the data. */
  readonly turnaroundPs: number
  private readonly part: DramPart
  private readonly channels: number
  /** Clocks per line of a channel, as data pins and reads in flight allow. */
  private readonly slot: number
  private readonly banks: number
  /** Lines the controller of a channel sees. */
  private readonly queue: number
  private readonly roundLines: number

  constructor(part: DramPart, channels: number, outstandingLines = Number.POSITIVE_INFINITY) {
    const window = outstandingLines / channels
    this.part = part
    this.queue = Math.min(part.queueLines, Math.max(1, window))
    this.channels = channels
    const pins = part.nBL / part.pseudoChannels
    this.slot = Math.max(pins, (part.nCL + part.nBL + 1) / window)
    this.banks = part.pseudoChannels * part.stackIds * part.bankGroups * part.banksPerGroup
    this.roundLines = (this.banks * part.rowBytes) / part.lineBytes
    const { clockPs } = part
    this.peakBytesPerPs = (channels * part.lineBytes) / (pins * clockPs)
    this.latencyPs = Math.ceil(this.firstLine() * clockPs)
    this.refreshIntervalPs = part.nREFI * clockPs
    const stall =
      part.nRTP + part.pseudoChannels * part.nRP + part.nRFC + part.nRCD + this.openingGap(GROUP_LINES)
    this.refreshStallPs = Math.ceil(stall * clockPs)
    this.turnaroundPs = (part.nCL + 2 + part.nWTR) * clockPs
  }

  /** One read of `bytes` from an idle memory that starts at `startPs` with all rows closed: request to last byte. */
  readPs(bytes: number, startPs = 0): number {
    if (bytes === 0) return 0
    const lines = Math.ceil(Math.ceil(bytes / this.part.lineBytes) / this.channels)
    return this.finishPs(startPs, this.cold(lines) * this.part.clockPs) - startPs
  }

  /** Time the channels give to one of many back-to-back reads of `bytes` at unrelated addresses, without refresh. */
  busyPs(bytes: number): number {
    if (bytes === 0) return 0
    const lines = bytes / this.part.lineBytes / this.channels
    return Math.ceil((lines * this.slot + this.turns(lines)) * this.part.clockPs)
  }

  /** Mean time of one of many reads of `bytes` at unrelated addresses, each waiting for the one before. */
  serialReadPs(bytes: number): number {
    const { part, refreshIntervalPs: interval, refreshStallPs: stall } = this
    const lines = Math.ceil(bytes / part.lineBytes) / this.channels
    const alone = this.cold(Math.ceil(lines)) * part.clockPs
    // A bank is closed after a refresh; j reads later another row is open with chance 1 - exp(-j opened / banks).
    const fill = ((interval / alone) * this.opened(lines)) / this.banks
    const open = 1 - (1 - Math.exp(-fill)) / fill
    return Math.ceil((alone + open * part.nRP * part.clockPs) / (1 - stall / interval))
  }

  /** Share of the peak that back-to-back reads of `bytes` reach, refresh included at its average. */
  efficiency(bytes: number): number {
    const undisturbed = bytes / this.peakBytesPerPs / this.busyPs(bytes)
    return undisturbed * (1 - this.refreshStallPs / this.refreshIntervalPs)
  }

  /**
   * When work of `busyPs` that starts at `startPs` is done, with refreshes at the multiples of the interval.
   * Between two refreshes interval - stall remains, so with the clock of useful time U, finish = U^-1(U(start) + busy).
   * Work cut in pieces finishes when the whole would.
   */
  finishPs(startPs: number, busyPs: number): number {
    const { refreshIntervalPs: interval, refreshStallPs: stall } = this
    const useful = interval - stall
    const past = Math.floor(startPs / interval)
    const usefulStart =
      past === 0 ? startPs : interval + (past - 1) * useful + Math.max(0, startPs - past * interval - stall)
    const usefulEnd = usefulStart + busyPs
    if (usefulEnd <= interval) return Math.ceil(usefulEnd)
    const refreshes = Math.ceil((usefulEnd - interval) / useful)
    return Math.ceil(usefulEnd + refreshes * stall)
  }

  private firstLine(): number {
    const { nRCD, nCL, nBL } = this.part
    return nRCD + nCL + nBL + 1
  }

  private cold(lines: number): number {
    const bus = (lines - 1) * this.slot
    const gap = Math.max(this.openingGap(Math.min(lines, GROUP_LINES)), this.openingGap(lines))
    return this.firstLine() + bus + gap + this.turns(Math.max(0, lines - this.roundLines))
  }

  /** Clocks that `lines` lines lose to rows they have to change, round after round. */
  private turns(lines: number): number {
    const opening = CHUNK_LINES * this.banks
    const rounds = Math.floor(lines / this.roundLines)
    const rest = Math.min(lines - rounds * this.roundLines, opening)
    return (rounds === 0 ? 0 : rounds * this.turn(opening)) + (rest === 0 ? 0 : this.turn(rest))
  }

  /** Rows that `lines` lines open. */
  private opened(lines: number): number {
    return Math.min(lines, Math.max(CHUNK_LINES, lines / CHUNK_LINES), this.banks)
  }

  /** Clocks from the first of `activates` to the last. */
  private spread(activates: number): number {
    const { pseudoChannels, nFAW, nRRD, nACT } = this.part
    const index = Math.max(1, Math.ceil(activates)) - 1
    const ofHalf = Math.floor(index / pseudoChannels)
    const windows = Math.floor(ofHalf / 4) * Math.max(nFAW, 4 * nRRD)
    return windows + (ofHalf % 4) * nRRD + (index % pseudoChannels) * nACT
  }

  /** Clocks that the data of `lines` lines, read cold, come later than the data pins allow. */
  private openingGap(lines: number): number {
    const { part, slot, banks } = this
    const opened = this.opened(lines)
    const perBank = Math.max(1, Math.min(lines, GROUP_LINES) / CHUNK_LINES)
    const lastBank = this.spread(opened) + (perBank - 1) * part.nCCDL
    // Lines of rows that are open already fill the gap, as far as the queue sees them.
    const fill = Math.min(lines, CHUNK_LINES * banks + this.queue)
    const late = lastBank - (fill - 1) * slot
    return Math.max(0, late, lines <= GROUP_LINES ? this.dieGap(lines) : 0)
  }

  /** The same for a single group whose lines alternate between stacked dies. */
  private dieGap(lines: number): number {
    const { pseudoChannels, nCCDR, stackIds, nBL } = this.part
    if (stackIds === 1) return 0
    const gaps = lines / pseudoChannels - 1
    return this.spread(pseudoChannels) + gaps * Math.max(nCCDR, nBL) - (lines - 1) * this.slot
  }

  /** Clocks that `lines` lines lose as they find their banks with other rows open; see the head of the file. */
  private turn(lines: number): number {
    const { part, slot } = this
    const opened = this.opened(lines)
    const openers = opened / lines
    const perActivate = Math.max(part.nFAW / 4, part.nRRD) / part.pseudoChannels
    const loads = [
      slot,
      openers * perActivate,
      part.nRD + openers * (part.nACT + part.nPRE),
      this.residence(lines, opened) / this.queue,
    ]
    const slowest = Math.max(...loads)
    const p = CONTENTION_EXPONENT
    const together = loads.reduce((sum, load) => sum + load ** p, 0) ** (1 / p)
    const disturbed = Math.min(lines, CONTENTION_QUEUE * this.queue)
    return lines * (slowest - slot) + disturbed * (together - slowest)
  }

  /** Mean clocks a line waits in the queue. */
  private residence(lines: number, opened: number): number {
    const { nRP, nRCD } = this.part
    const stagger = this.spread(Math.min(opened, CHUNK_LINES)) / 2
    return nRP + stagger + (1 - opened / lines) * nRCD
  }
}
