// The model file that would do for a config.json of an unknown family: ten lines to complete and correct.
import { part } from '../view.ts'

/** By key of a model file: what it is without a better word, and keys of config.json files that may say it. */
const LINES: readonly (readonly [key: string, otherwise: string, names: readonly string[]])[] = [
  ['layers', '48', ['num_hidden_layers', 'num_layers', 'n_layers', 'n_layer']],
  ['moe_layers', 'all', []],
  ['hidden', '2048', ['hidden_size', 'd_model', 'n_embd']],
  ['expert_intermediate', '768', ['moe_intermediate_size', 'expert_intermediate_size', 'intermediate_size']],
  ['experts', '64', ['n_routed_experts', 'num_experts', 'num_local_experts', 'moe_num_experts']],
  ['top_k', '8', ['num_experts_per_tok', 'moe_top_k', 'moe_topk', 'moe_k', 'top_k']],
  ['shared_experts', '0', ['n_shared_experts', 'num_shared_experts']],
  ['weight_bytes', '2', []],
  ['activation_bytes', '2', []],
]
const REMARKS: Readonly<Record<string, string>> = {
  moe_layers: 'with routed experts: all, odd, even, 1..11, or a list',
  weight_bytes: 'of one weight, its share of scales included',
  activation_bytes: 'of one element of a token',
}

/** `root`: the mapping with the keys of the language model. */
export function exampleFile(config: unknown, name: string): readonly string[] {
  const lines = LINES.map(([key, otherwise, names]) => {
    const found = names.find((one) => Number.isInteger(part(config, [one])))
    const value = found === undefined ? otherwise : String(part(config, [found]))
    const remark = REMARKS[key] ?? (found === undefined ? 'not found here: to be corrected' : found)
    return `${`${key}: ${value}`.padEnd(28)}# ${remark}`
  })
  return [`name: ${JSON.stringify(name)}`, ...lines]
}
