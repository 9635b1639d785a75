// The same small case for moesim and for the oracle: hardware and routing of an experiment in the oracle's terms.
import { nodeIo } from '../../../../src/cli/node/io.ts'
import { type LoadedExperiment, loadExperiment } from '../../../../src/config/load.ts'
import { plannedFlopPerPs, sustainedFlopPerPs } from '../../../../src/hardware/compute.ts'
import { openRouting } from '../../../../src/run/routing.ts'
import type { OracleSetting, OracleStep } from './simulator.ts'

type Experiment = LoadedExperiment['experiment']

export interface OracleCase {
  readonly experiment: Experiment
  readonly setting: OracleSetting
  readonly steps: readonly OracleStep[]
}

/** `sets`: `--set` texts for the experiment of Fig. 12, of which layer 1 is taken. */
export async function oracleCase(sets: readonly string[]): Promise<OracleCase> {
  const { experiment } = await loadExperiment(nodeIo, {
    file: 'forecasting-fig12-throughput',
    flags: { layers: '1' },
    sets,
  })
  return { experiment, setting: settingOf(experiment), steps: await stepsOf(experiment) }
}

const PS_PER_NS = 1000
const BYTES_PER_WEIGHT = 2

function settingOf({ hardware, model }: Experiment): OracleSetting {
  const { topology, compute, memory, link, llc } = hardware
  if (
    topology.kind !== 'mesh' ||
    compute.kind !== 'table' ||
    llc === undefined ||
    memory.efficiency === 'timed'
  )
    throw new Error('the oracle knows meshes of dies with a utilization table and a cache')
  const { hidden, expertIntermediate: inner, experts, topK } = model
  const sliceBytes = hidden * inner * BYTES_PER_WEIGHT
  return {
    columns: topology.columns,
    rows: topology.rows,
    experts,
    topK,
    peak: compute.flopPerPs * PS_PER_NS,
    utilization: (tokens) => sustainedFlopPerPs(compute, BYTES_PER_WEIGHT, tokens) / compute.flopPerPs,
    planned: plannedFlopPerPs(compute, BYTES_PER_WEIGHT) / compute.flopPerPs,
    sliceBytes,
    tokenBytes: (hidden + inner) * BYTES_PER_WEIGHT,
    tokenFlop: 2 * hidden * inner,
    memoryRate: memory.bytesPerPs * memory.efficiency * PS_PER_NS,
    linkRate: link.bytesPerPs * link.efficiency * PS_PER_NS,
    memoryLatency: memory.latencyPs / PS_PER_NS,
    linkLatency: link.latencyPs / PS_PER_NS,
    requestBytes: link.requestBytes,
    llc: {
      hit: llc.hitPs / PS_PER_NS,
      miss: llc.missPs / PS_PER_NS,
      write: llc.writePs / PS_PER_NS,
      sets: Math.max(1, Math.floor(llc.capacityBytes / (llc.ways * sliceBytes))),
      ways: Math.min(llc.ways, Math.floor(llc.capacityBytes / sliceBytes)),
    },
  }
}

async function stepsOf(experiment: Experiment): Promise<OracleStep[]> {
  const routing = await openRouting(nodeIo, experiment, () => undefined)
  const source = routing.of(experiment.seed)
  const ids = source.layerExperts(1)
  const { topK } = source
  return routing.workload(experiment).iterations.map(({ phase, rows, requests }) => ({
    isPrefill: phase === 'prefill',
    requests: [...requests],
    choices: Array.from(rows, (row) => [...ids.subarray(row * topK, (row + 1) * topK)]),
  }))
}
