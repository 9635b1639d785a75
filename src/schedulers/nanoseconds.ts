// Times that options state in nanoseconds, as whole picoseconds.
import { durationPs } from '../engine/loop.ts'

const NS_PER_PS = 1e-3

/** Rounded up, as the times of a hardware file are. */
export const psOfNs = (ns: number): number => durationPs(ns, NS_PER_PS)
