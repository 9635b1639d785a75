// Files of torch.save and pickle: known, never opened, because unpickling runs whatever code they hold.
import type { FileHead, RefusedFormat } from '../format.ts'
import { firstEntryName } from './zip-entries.ts'

const PICKLE_PROTOCOLS = [2, 3, 4, 5]

const TO_COUNTS =
  `python3 -c 'import json,sys,torch; d=torch.load(sys.argv[1],map_location="cpu",weights_only=True)["logical_count"]; ` +
  `json.dump({"logical_count":(d.sum(0) if d.ndim==3 else d).tolist()},open(sys.argv[2],"w"))' dump.pt counts.json`

const TO_LOGITS =
  `python3 -c 'import numpy,sys,torch; d=torch.load(sys.argv[1],map_location="cpu",weights_only=True); ` +
  `numpy.savez(sys.argv[2],*[t.float().numpy() for t in d])' logits.pt logits.npz`

/** A pickle names the keys of its dictionaries in plain text, so that what was dumped can be told without unpickling. */
export const torchDump: RefusedFormat = {
  recognises: (head) => isTorchZip(head) || isPickle(head),
  refuse({ findings }, head) {
    const what =
      'a dump of torch.save or pickle holds code that runs when it is opened, so moesim does not open it'
    const content = Buffer.from(head.bytes).toString('latin1')
    if (content.includes('topk_ids_of_layer')) {
      findings.stop(
        `${what}; this one has physical expert ids per token`,
        undefined,
        'map them through last_physical_to_logical_map, split them by extend_seq_lens or positions, and write native CSV',
      )
    }
    const hint = content.includes('logical_count')
      ? `convert it: ${TO_COUNTS}`
      : `convert it; counts of the SGLang recorder: ${TO_COUNTS}; a tuple of router logits: ${TO_LOGITS}`
    return findings.stop(what, undefined, hint)
  },
}

function isTorchZip({ bytes }: FileHead): boolean {
  return /(^|\/)(data\.pkl|\.format_version|\.data\/\w+|byteorder|version)$/.test(firstEntryName(bytes) ?? '')
}

function isPickle({ bytes }: FileHead): boolean {
  return bytes[0] === 0x80 && PICKLE_PROTOCOLS.includes(bytes[1]!)
}
