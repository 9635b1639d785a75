// Fig. 17: experts placed by what the prefill chose, Qwen3-235B on 8 H100; time of the expert linear layers in decoding.
import type { Figure, FigureResult } from '../figure.ts'
import { measureBatches } from './placement-batches.ts'
import { placementRows, placementTable, withoutDriftRows } from './placement-report.ts'

/** Decode then chooses as the prompt did. */
const NO_DRIFT = 'generator.drift=0'
/** Of the routing that is shown beside the paper's. */
const SOME_LAYERS = 'sample:8'

export const placement: Figure = {
  title: 'placement guided by the prefill, Qwen3 on 8 H100 (Fig. 17)',
  async run(lab): Promise<FigureResult> {
    const batches = await measureBatches(lab)
    const undrifted = await measureBatches(lab, [NO_DRIFT], SOME_LAYERS)
    const extent = lab.pick(
      'all layers (8 sampled ones without drift), prompts of 60 tokens, 32 decode steps',
      'QUICK: 2 sampled layers instead of all, 8 prompt tokens and 8 decode steps a request instead of 60 and 32',
    )
    return {
      rows: [...placementRows(batches), ...withoutDriftRows(undrifted, NO_DRIFT)],
      tables: [
        placementTable(batches, 'gains', 'the preset of the model'),
        placementTable(undrifted, 'gains-without-drift', 'without drift'),
      ],
      notes: [
        `${extent}; gain = decode time under contiguous placement over that under the placement; activations move for free (compat: paper), so that the time is that of the linear layers alone, as in the paper`,
        'the preset lets decode choose otherwise than the prompt as far as the published hot sets (S5) say; without drift both choose alike, and what the prefill foretells is nearly what decoding does',
        'no single skew fits this figure and Fig. 12: one of 0.5 to 0.6 comes nearer to the worst placement here, but drives Allo+Pred of Qwen3 too high there (docs/papers.md); the preset keeps the skew that the next-token statistics (S2) ask for',
        'where an expert has few tokens its time is that of reading its weights, the same for every expert: then placements cannot differ, however uneven the tokens',
        'Insights 5 (co-activated experts apart) and 6 (one offline profile per model) are not checked: the generator draws the experts of a token independently and has no data sets',
      ],
    }
  },
}
