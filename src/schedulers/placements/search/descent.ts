// Steps that take load off the fullest device, as long as there are any, and random ones between, to get out of dead ends.
import { randomStream } from '../../../engine/random.ts'
import { leastMaxLoad, type PlaceProblem, type Slots } from './problem.ts'
import { isBetter, type Move, type Score, SearchState } from './state.ts'

/** Which changes are allowed beside the load; absent = all. */
export interface DescentOptions {
  /** Moves looked at, in all. */
  readonly mostMoves: number
}

/** What is left to spend on looking at moves. */
interface Budget {
  moves: number
}

/**
 * The best placement found from `start` on, never worse than it. Looks at moves of the fullest device alone: swaps of one of its
 * experts with another device's, another expert in one of its slots, and one more copy of one of its experts elsewhere.
 */
export function improve(problem: PlaceProblem, start: Slots, { mostMoves }: DescentOptions): Slots {
  const random = randomStream(0, 'placement search')
  const budget: Budget = { moves: mostMoves }
  const least = leastMaxLoad(problem) * (1 + 1e-9)
  let state = new SearchState(problem, start)
  descend(state, budget)
  let best = snapshot(state)
  while (budget.moves > 0 && best.score.max > least) {
    const kicks = 1 + Math.floor(random() * 4)
    for (let kick = 0; kick < kicks; kick++) shake(state, random)
    descend(state, budget)
    if (isBetter(state.score, best.score)) best = snapshot(state)
    else state = new SearchState(problem, best.layout)
    budget.moves--
  }
  return best.layout
}

function snapshot(state: SearchState): { readonly layout: Slots; readonly score: Score } {
  return { layout: state.layout.map((held) => [...held]), score: state.score }
}

function descend(state: SearchState, budget: Budget): void {
  while (budget.moves > 0) {
    const move = bestMove(state, budget)
    if (move === undefined) return
    state.apply(move)
  }
}

function bestMove(state: SearchState, budget: Budget): Move | undefined {
  const { devices, loads } = state.problem
  const full = state.fullest
  let best: Score = state.score
  let found: Move | undefined
  const offer = (score: Score, move: () => Move) => {
    budget.moves--
    if (!isBetter(score, best)) return
    best = score
    found = move()
  }
  const held = state.layout[full]!
  for (let b = 0; b < devices; b++) {
    if (b === full) continue
    for (const expertOfA of held) {
      if (state.isOn(expertOfA, b)) continue
      for (const expertOfB of state.layout[b]!) {
        // What swaps for something as heavy or heavier takes nothing off.
        if (state.share(expertOfB) >= state.share(expertOfA) || state.isOn(expertOfB, full)) continue
        offer(state.afterSwap(full, b, expertOfA, expertOfB), () => ({
          kind: 'swap',
          a: full,
          b,
          expertOfA,
          expertOfB,
        }))
      }
      if (loads[expertOfA] === 0) continue
      for (const from of state.layout[b]!) {
        if (state.copies[from]! < 2) continue
        offer(state.afterReplace(b, from, expertOfA), () => ({
          kind: 'replace',
          device: b,
          from,
          to: expertOfA,
        }))
      }
    }
  }
  for (const from of held) {
    if (state.copies[from]! < 2) continue
    for (let to = 0; to < loads.length; to++) {
      if (state.isOn(to, full)) continue
      offer(state.afterReplace(full, from, to), () => ({ kind: 'replace', device: full, from, to }))
    }
  }
  return found
}

/** A random swap or replacement, whatever it costs; nothing where the draw is not possible. */
function shake(state: SearchState, random: () => number): void {
  const { devices, loads } = state.problem
  const pick = (count: number) => Math.floor(random() * count)
  const a = random() < 0.5 ? state.fullest : pick(devices)
  const b = pick(devices)
  const held = state.layout[a]!
  const expertOfA = held[pick(held.length)]!
  if (random() < 0.5) {
    const other = state.layout[b]!
    const expertOfB = other[pick(other.length)]!
    if (a === b || state.isOn(expertOfA, b) || state.isOn(expertOfB, a)) return
    state.apply({ kind: 'swap', a, b, expertOfA, expertOfB })
    return
  }
  const to = pick(loads.length)
  if (state.copies[expertOfA]! < 2 || state.isOn(to, a)) return
  state.apply({ kind: 'replace', device: a, from: expertOfA, to })
}
