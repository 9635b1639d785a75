// Progress on stderr: a bar on a terminal, a plain line now and then elsewhere.
import type { SingleBar } from 'cli-progress'
import type { Session } from './session.ts'

/** Progress is not looked at more often than this. */
const SHOW_EVERY_MS = 50
/** Short runs show no progress at all. */
const BAR_AFTER_MS = 500
const LINE_EVERY_MS = 10_000

export class Progress {
  private readonly session: Session
  /** Absent where lines are written instead. */
  private readonly bar: SingleBar | undefined
  private readonly isQuiet: boolean
  private readonly startMs: number
  private shownMs: number
  private lineMs: number

  private constructor(session: Session, isQuiet: boolean, bar: SingleBar | undefined) {
    this.session = session
    this.isQuiet = isQuiet
    this.bar = bar
    this.startMs = session.ports.nowMs()
    this.shownMs = this.startMs
    this.lineMs = this.startMs
  }

  static async create(session: Session, isQuiet: boolean): Promise<Progress> {
    const { env, stderr } = session.ports
    const drawsBar = !isQuiet && stderr.isTTY === true && !env.CI && env.TERM !== 'dumb'
    return new Progress(session, isQuiet, drawsBar ? await createBar(session) : undefined)
  }

  /** The stream that the trace comes from lets events in by itself. */
  readonly traceRead = (bytesDone: number, bytesTotal: number): void => {
    this.session.throwIfInterrupted()
    this.show(bytesDone, bytesTotal, 'reading the trace')
  }

  /** Cheap enough to be called often. */
  readonly layersDone = async (done: number, total: number, label: string): Promise<void> => {
    await this.session.checkpoint()
    if (this.session.ports.nowMs() - this.shownMs < SHOW_EVERY_MS) return
    this.shownMs = this.session.ports.nowMs()
    this.show(done, total, label)
  }

  /** Takes the bar off the screen. */
  stop(): void {
    if (this.bar?.isActive) this.bar.stop()
  }

  private show(done: number, total: number, label: string): void {
    if (this.isQuiet) return
    const nowMs = this.session.ports.nowMs()
    if (this.bar === undefined) {
      if (nowMs - this.lineMs < LINE_EVERY_MS) return
      this.lineMs = nowMs
      this.session.note(`${Math.floor((100 * done) / Math.max(1, total))} % ${label}`)
      return
    }
    if (nowMs - this.startMs < BAR_AFTER_MS) return
    if (!this.bar.isActive) this.bar.start(total, done, { label })
    this.bar.setTotal(total)
    this.bar.update(done, { label })
  }
}

async function createBar(session: Session): Promise<SingleBar> {
  const { default: cliProgress } = await import('cli-progress')
  return new cliProgress.SingleBar({
    format: '{bar} {percentage} % {label}',
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 30,
    stream: session.ports.stderr as unknown as NodeJS.WritableStream,
    clearOnComplete: true,
    // Ctrl-C is ours: the bar's own handler would end the process.
    gracefulExit: false,
  })
}
