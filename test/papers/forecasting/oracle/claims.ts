// Events that claim all their resources at once, and queue for them (forecasting sheet 3.3).

export interface OracleRules {
  /** Events of dies that are not their expert's home go first. */
  readonly isRemoteFirst: boolean
  /** The way back is claimed when a read starts, not when it ends. */
  readonly reservesReturn: boolean
}

/** What holds some resources for a while. */
export interface OracleEvent {
  readonly needs: readonly number[]
  readonly at: number
  readonly priority: number
  readonly order: number
  /** How long it lasts, asked when it is admitted. */
  lasts(startNs: number): number
  onStart?(endNs: number): void
  onEnd?(endNs: number): void
  isAdmitted: boolean
}

/** Resources that one event at a time holds, and the queue before each. */
export class Resources {
  now = 0
  private readonly rules: OracleRules
  private readonly isBusy: boolean[]
  private readonly freeSince: number[]
  private readonly queues: OracleEvent[][]
  private readonly heap: { at: number; order: number; run: () => void }[] = []
  private orders = 0

  constructor(count: number, rules: OracleRules) {
    this.rules = rules
    this.isBusy = Array.from({ length: count }, () => false)
    this.freeSince = Array.from({ length: count }, () => 0)
    this.queues = Array.from({ length: count }, () => [])
  }

  create(event: Omit<OracleEvent, 'order' | 'isAdmitted'>): void {
    const one = { ...event, order: this.orders++, isAdmitted: false }
    if (this.areFree(one)) this.admit(one)
    else for (const need of one.needs) this.queue(this.queues[need]!, one)
  }

  run(): number {
    let last = this.now
    while (this.heap.length > 0) {
      const next = this.pop()
      this.now = next.at
      last = Math.max(last, this.now)
      next.run()
    }
    return last
  }

  private queue(queue: OracleEvent[], event: OracleEvent): void {
    let at = queue.length
    while (at > 0 && this.isBefore(event, queue[at - 1]!)) at--
    queue.splice(at, 0, event)
  }

  private isBefore(a: OracleEvent, b: OracleEvent): boolean {
    if (this.rules.isRemoteFirst && a.priority !== b.priority) return a.priority > b.priority
    return a.at !== b.at ? a.at < b.at : a.order < b.order
  }

  private areFree({ needs }: OracleEvent): boolean {
    return needs.every((need) => !this.isBusy[need])
  }

  private admit(event: OracleEvent): void {
    event.isAdmitted = true
    const startNs = Math.max(this.now, event.at, ...event.needs.map((need) => this.freeSince[need]!))
    for (const need of event.needs) {
      this.isBusy[need] = true
      const queue = this.queues[need]!
      const at = queue.indexOf(event)
      if (at >= 0) queue.splice(at, 1)
    }
    this.push(startNs, () => {
      const endNs = startNs + event.lasts(startNs)
      event.onStart?.(endNs)
      this.push(endNs, () => this.end(event, endNs))
    })
  }

  private end(event: OracleEvent, endNs: number): void {
    for (const need of event.needs) {
      this.isBusy[need] = false
      this.freeSince[need] = endNs
    }
    event.onEnd?.(endNs)
    const heads = new Set(event.needs.flatMap((need) => this.queues[need]!.slice(0, 1)))
    for (const head of [...heads].sort((a, b) => a.at - b.at || a.order - b.order)) {
      if (!head.isAdmitted && this.areFree(head)) this.admit(head)
    }
  }

  private push(at: number, run: () => void): void {
    const { heap } = this
    const item = { at, order: this.orders++, run }
    let i = heap.push(item) - 1
    while (i > 0) {
      const up = (i - 1) >> 1
      if (!isEarlier(item, heap[up]!)) break
      heap[i] = heap[up]!
      i = up
    }
    heap[i] = item
  }

  private pop(): { at: number; run: () => void } {
    const { heap } = this
    const top = heap[0]!
    const item = heap.pop()!
    if (heap.length === 0) return top
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && isEarlier(heap[down + 1]!, heap[down]!)) down++
      if (!isEarlier(heap[down]!, item)) break
      heap[i] = heap[down]!
      i = down
    }
    heap[i] = item
    return top
  }
}

const isEarlier = (a: { at: number; order: number }, b: { at: number; order: number }) =>
  a.at < b.at || (a.at === b.at && a.order < b.order)
