// Fig. 17: experts placed by what the prefill chose, Qwen3-235B on 8 H100; time of the expert linear layers in decoding.
import type { Figure, FigureResult } from '../figure.ts'
import { measureBatches } from './placement-batches.ts'
import { placementRows, placementTable } from './placement-report.ts'

export const placement: Figure = {
  title: 'placement guided by the prefill, Qwen3 on 8 H100 (Fig. 17)',
  async run(lab): Promise<FigureResult> {
    const batches = await measureBatches(lab)
    const extent = lab.pick(
      'all layers, 32 decode steps',
      'QUICK: 2 sampled layers instead of all, 8 prompt tokens and 8 decode steps a request instead of 60 and 32',
    )
    return {
      rows: placementRows(batches),
      tables: [placementTable(batches)],
      notes: [
        `${extent}; gain = decode time under contiguous placement over that under the placement; activations move for free (compat: paper), so that the time is that of the linear layers alone, as in the paper`,
        'generated prompts and answers choose experts with the same probabilities, where those of real requests differ: what the prefill foretells here is nearly what decoding does, and Remap can be expected to come nearer to Best than in the paper',
        'where an expert has few tokens its time is that of reading its weights, the same for every expert: then placements cannot differ, however uneven the tokens',
        'Insights 5 (co-activated experts apart) and 6 (one offline profile per model) are not checked: the generator draws the experts of a token independently and has no data sets',
      ],
    }
  },
}
