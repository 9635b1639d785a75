// What an iteration puts on links, by hand.
import { expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import { LinkMeter } from '../../src/sim/link-meter.ts'
import type { Span } from '../../src/sim/probe.ts'
import { tinyModel } from '../helpers/frames.ts'
import { scriptHardware } from './scripted.ts'

/** 2x2 dies; one byte per ps on every link. */
const hardware = { ...scriptHardware, link: { ...scriptHardware.link, bytesPerPs: 1 } }
const pkg = packageOf({ hardware, model: tinyModel(1, 1), compat: 'physical' })

const send = (die: number, peer: number, bytes: number): Span => ({
  ...{ kind: 'send', die, peer, bytes, startPs: 0, endPs: 1 },
  ...{ expert: 0, slice: 0, tokens: 0 },
})

it('the busiest link is that of the routes, the fullest border that of any routes', () => {
  const meter = new LinkMeter(pkg, undefined)
  // Both go along x first: over the link from die 0 to die 1, and on to die 3.
  meter.span(send(0, 1, 100))
  meter.span(send(0, 3, 100))
  // Die 0 has two links out, along which 200 bytes could go side by side.
  expect(meter.take()).toEqual({ linkPs: 200, borderPs: 100 })
  expect(meter.take()).toEqual({ linkPs: 0, borderPs: 0 })
})

it('counts messages alone, and passes everything on', () => {
  const seen: unknown[] = []
  const probe = { span: (span: Span) => seen.push(span), fill: (fill: unknown) => seen.push(fill) }
  const meter = new LinkMeter(pkg, probe)
  const load: Span = { ...send(0, 1, 100), kind: 'load' }
  meter.span(load)
  const fill = { die: 0, atPs: 0, weightBytes: 1, tokenBytes: 0 }
  meter.fill?.(fill)
  expect(seen).toEqual([load, fill])
  expect(meter.take()).toEqual({ linkPs: 0, borderPs: 0 })
  expect(new LinkMeter(pkg, undefined).fill).toBeUndefined()
})
