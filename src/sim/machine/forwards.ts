// Weight slices on their way from die to die, and the activations that receivers stream from their memory beside them.
import type { SliceForward, Told } from '../../schedulers/scheduler.ts'
import type { SliceBuffers } from './buffers.ts'
import type { Fetcher } from './fetch.ts'
import type { Inputs } from './inputs.ts'
import type { Messenger } from './messenger.ts'
import type { Residency } from './residency.ts'
import type { Traffic } from './traffic.ts'

interface ForwardSetting {
  readonly buffers: SliceBuffers
  readonly residency: Residency
  readonly inputs: Inputs
  readonly messenger: Messenger
  readonly fetcher: Fetcher
  readonly traffic: Traffic
  readonly bytesOfSlice: readonly number[]
}

/** Of one iteration. */
export class Forwards {
  private readonly setting: ForwardSetting

  constructor(setting: ForwardSetting) {
    this.setting = setting
  }

  forward<Job extends SliceForward>(job: Job, onSent: Told<Job>, onArrived: Told<Job>): void {
    const { buffers, residency } = this.setting
    const { expert, slice, from, to } = job
    residency.assertHere(from, expert, slice)
    buffers.claim(expert, slice, to, 'receive', () => this.send(job, onSent, onArrived))
  }

  rotate<Job extends SliceForward>(jobs: readonly Job[], onSent: Told<Job>, onArrived: Told<Job>): void {
    this.setting.buffers.rotate(jobs)
    for (const job of jobs) this.send(job, onSent, onArrived)
  }

  private send<Job extends SliceForward>(job: Job, onSent: Told<Job>, onArrived: Told<Job>): void {
    const { bytesOfSlice, residency, traffic, inputs, fetcher, messenger } = this.setting
    const { expert, slice, from, to, tokens } = job
    const bytes = bytesOfSlice[slice]!
    traffic.sramBytes += 2 * bytes
    const streamBytes = inputs.streamBytes({ expert, tokens, die: to })
    const arrive = fetcher.besideActivations(to, streamBytes, () => {
      residency.arrive(to, expert, slice)
      onArrived(job)
    })
    const message = { expert, slice, tokens, bytes, from, to, onSent: () => onSent(job), onArrived: arrive }
    messenger.send(message)
  }
}
