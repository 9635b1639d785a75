// A package as it is simulated: hardware with its links laid out, the model it serves, and how faithfully.
import type { ModelShape } from '../model/shape.ts'
import { payloadBytesPerPs } from './fabric.ts'
import type { HardwareSpec } from './spec.ts'
import { buildTopology, type Topology } from './topology.ts'

/** `paper`: the forecasting paper's idealizations (see docs/machine-model.md); `physical`: the machine as it is. */
export type Compat = 'physical' | 'paper'

/** What a package is made of: plain data. */
export interface PackageSpec {
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly compat: Compat
}

/** Made once, and carried whole. */
export interface Package extends PackageSpec {
  readonly topology: Topology
  /** Payload of one link in one direction. */
  readonly payloadBytesPerPs: number
}

/** `topology`: where it is built already. */
export function packageOf(
  { hardware, model, compat }: PackageSpec,
  topology = buildTopology(hardware.topology),
): Package {
  return { hardware, model, compat, topology, payloadBytesPerPs: payloadBytesPerPs(hardware.link) }
}
