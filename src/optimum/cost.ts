// About how long the linear programs of one iteration of a layer take, so that nobody waits for what does not end.

/** Measured on packages of 4 to 256 dies: rows and columns grow with dies, the work of the solver with their cube. */
const SECONDS_PER_DIE = 0.01
const SECONDS_PER_CUBIC_DIE = 1.6e-6

/** Of CPU, within a factor of three or so, with weights where they lie and wherever is best together. */
export function programSeconds(dies: number): number {
  return SECONDS_PER_DIE * dies + SECONDS_PER_CUBIC_DIE * dies ** 3
}
