// EPLB, the expert load balancer of DeepSeek-V3, restated: copies for the hottest, then the heaviest to the lightest device.
//
// By node: groups of experts are packed to nodes, so that a token, which its router sends to few groups, goes to few nodes;
// then copies are made and packed within each node. One thing differs from the original, which may put an expert on a device
// that has it already, where the copy is of no use: here it goes to the next device.
import { fail } from '../../../errors.ts'
import { heaviestFirst } from '../layout.ts'
import { assertSolvable, type PlaceProblem, type Slots } from './problem.ts'

/** Nodes of equally many devices, and groups of equally many experts, in order. */
export interface NodeGroups {
  readonly nodes: number
  readonly groups: number
}

export function eplb(problem: PlaceProblem, byNode?: NodeGroups): Slots {
  assertSolvable(problem)
  if (byNode === undefined || byNode.nodes === 1) return packCopies(problem, copiesForHottest(problem))
  return eplbByNode(problem, byNode)
}

function eplbByNode({ loads, devices, slots }: PlaceProblem, { nodes, groups }: NodeGroups): Slots {
  assertDivides('devices', devices, 'nodes', nodes)
  assertDivides('experts', loads.length, 'groups', groups)
  assertDivides('groups', groups, 'nodes', nodes)
  const groupSize = loads.length / groups
  const groupLoads = new Float64Array(groups)
  for (const [expert, load] of loads.entries()) {
    const group = Math.floor(expert / groupSize)
    groupLoads[group] = groupLoads[group]! + load
  }
  const nodeGroups = packEvenly(groupLoads, nodes)
  return nodeGroups.flatMap((own) => {
    const experts = own.flatMap((group) => Array.from({ length: groupSize }, (_, i) => group * groupSize + i))
    const inNode = {
      loads: Float64Array.from(experts, (expert) => loads[expert]!),
      devices: devices / nodes,
      slots,
    }
    assertSolvable(inNode)
    const layout = packCopies(inNode, copiesForHottest(inNode))
    return layout.map((held) => held.map((local) => experts[local]!))
  })
}

function assertDivides(what: string, count: number, into: string, parts: number): void {
  if (count % parts === 0) return
  fail('conflict', {
    what: `eplb by node: ${count} ${what} do not make ${parts} ${into} of equal size`,
    hint: 'choose --nodes and --groups that divide them, or leave --nodes out for the global form',
  })
}

/** As many items to each part, the heaviest first, each to the lightest part that has room. */
function packEvenly(loads: Float64Array, parts: number): number[][] {
  const room = loads.length / parts
  const packed: number[][] = Array.from({ length: parts }, () => [])
  const sums = new Float64Array(parts)
  for (const item of heaviestFirst(loads)) {
    let best = -1
    for (let part = 0; part < parts; part++) {
      if (packed[part]!.length < room && (best < 0 || sums[part]! < sums[best]!)) best = part
    }
    packed[best]!.push(item)
    sums[best] = sums[best]! + loads[item]!
  }
  return packed
}

/** Every slot beyond one for each expert goes to the expert with the most load per copy, of equals the first. */
export function copiesForHottest({ loads, devices, slots }: PlaceProblem): Int32Array {
  const copies = new Int32Array(loads.length).fill(1)
  for (let spare = devices * slots - loads.length; spare > 0; spare--) {
    let hottest = -1
    for (let expert = 0; expert < loads.length; expert++) {
      if (copies[expert] === devices) continue
      if (hottest < 0 || loads[expert]! / copies[expert]! > loads[hottest]! / copies[hottest]!)
        hottest = expert
    }
    copies[hottest] = copies[hottest]! + 1
  }
  return copies
}

/**
 * All copies, the heaviest first, each to the lightest device that has a free slot and not that expert. Where only devices
 * that have it are free, another expert of a full device makes way.
 */
export function packCopies({ loads, devices, slots }: PlaceProblem, copies: Int32Array): Slots {
  const layout: number[][] = Array.from({ length: devices }, () => [])
  const sums = new Float64Array(devices)
  const shares = loads.map((load, expert) => load / copies[expert]!)
  const put = (device: number, expert: number) => {
    layout[device]!.push(expert)
    sums[device] = sums[device]! + shares[expert]!
  }
  for (const expert of heaviestFirst(shares)) {
    for (let copy = 0; copy < copies[expert]!; copy++) {
      let best = -1
      for (let device = 0; device < devices; device++) {
        if (layout[device]!.length === slots || layout[device]!.includes(expert)) continue
        if (best < 0 || sums[device]! < sums[best]!) best = device
      }
      put(best < 0 ? makeWay(layout, sums, shares, slots, expert) : best, expert)
    }
  }
  return layout
}

/**
 * Moves an expert from a full device to one with room, which has the expert to come already; returns where that now fits, and which
 * is full again with it.
 */
function makeWay(
  layout: number[][],
  sums: Float64Array,
  shares: Float64Array,
  slots: number,
  expert: number,
): number {
  const target = layout.findIndex((held) => held.length < slots)
  const freed = layout.findIndex(
    (held) => !held.includes(expert) && held.some((other) => !layout[target]!.includes(other)),
  )
  const at = layout[freed]!.findIndex((other) => !layout[target]!.includes(other))
  const [moved] = layout[freed]!.splice(at, 1)
  layout[target]!.push(moved!)
  sums[target] = sums[target]! + shares[moved!]!
  return freed
}
