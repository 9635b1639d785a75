// A set of modules of a model, as quantization configs name them: literally, by glob or by regular expression.
import { globPattern, matches, type Pattern, regexPattern } from './pattern.ts'

/** A linear layer of a model: the names that it goes by within its layer, in check-points of different families. */
export interface Module {
  readonly names: readonly string[]
}

/** What may stand before the layers of the language model; anything else there is another part, such as a vision tower. */
const PREFIX =
  /^\^?(?:(?:model|language_model|transformer|backbone|thinker|llm|text_model|decoder|base_model)\\?\.)+/
const REGEX = 're:'
const WILDCARD = /[*?[]/
/** `layers.3` and what follows within that layer. */
const OF_LAYER = /^(?:layers|blocks)\.(\d+)(?:\.(.*))?$/
const OF_LAYER_PATTERN = /^(?:layers|blocks)\\?\.(\d+)\\?\./
/** An expert by its number, with the matrix of it or all of it. */
const ONE_EXPERT = /^(?:\w+\.)*experts\.(\d+)(?:\.(\w+))?$/
const SOME_EXPERT = /experts\\?\.\(?\[?\d/
const ALL = ''

/** Names within one layer, or within all of them. */
class Names {
  readonly literals = new Set<string>()
  readonly patterns: Pattern[] = []
  /** By expert: names of its matrices, or ALL. */
  readonly experts = new Map<number, Set<string>>()
}

export class ModuleNames {
  private readonly everywhere = new Names()
  private readonly ofLayer = new Map<number, Names>()
  /** Patterns that may tell layers apart: they are tried with every module of every layer. */
  private readonly perLayer: Pattern[] = []
  /** Steps of the patterns that are tried with the modules of one layer. */
  private stepsOnce = 0
  /** The first name that is a pattern. */
  firstPattern: string | undefined
  private readonly known = new Map<Module, boolean>()
  /** The first name that is not understood. */
  readonly unclear: string | undefined

  constructor(names: readonly string[]) {
    this.unclear = names.find((name) => !this.add(name))
  }

  /** False where the name is not understood. */
  private add(name: string): boolean {
    const isRegex = name.startsWith(REGEX)
    const text = (isRegex ? name.slice(REGEX.length) : name).replace(PREFIX, '')
    if (isRegex || WILDCARD.test(text)) return this.addPattern(name, text, isRegex)
    const [isOfLayer, layer, within = ALL] = OF_LAYER.exec(text) ?? []
    if (isOfLayer === undefined) {
      this.everywhere.literals.add(text)
      return true
    }
    const names = this.namesOf(Number(layer))
    const [isExpert, expert, matrix = ALL] = ONE_EXPERT.exec(within) ?? []
    if (isExpert === undefined) names.literals.add(within)
    else {
      const known = names.experts.get(Number(expert)) ?? new Set()
      names.experts.set(Number(expert), known.add(matrix))
    }
    return true
  }

  private addPattern(name: string, text: string, isRegex: boolean): boolean {
    const written = text.replace(/^blocks\b/, 'layers')
    const pattern = isRegex ? regexPattern(written) : globPattern(written)
    if (pattern === undefined || SOME_EXPERT.test(text)) return false
    const layer = OF_LAYER_PATTERN.exec(text)?.[1]
    const isForAll = isForAllLayers(written, isRegex)
    if (layer !== undefined) this.namesOf(Number(layer)).patterns.push(pattern)
    else (isForAll ? this.everywhere.patterns : this.perLayer).push(pattern)
    if (layer !== undefined || isForAll) this.stepsOnce += stepsOf(pattern)
    this.firstPattern ??= name
    return true
  }

  private namesOf(layer: number): Names {
    const names = this.ofLayer.get(layer) ?? new Names()
    this.ofLayer.set(layer, names)
    return names
  }

  /** Whether a module of `layer` is in the set, by any of its names. */
  has(layer: number, module: Module): boolean {
    const everywhere = this.known.get(module) ?? this.isEverywhere(module)
    this.known.set(module, everywhere)
    if (everywhere) return true
    const own = this.ofLayer.get(layer)
    const isOwn = (name: string) =>
      own !== undefined && (own.literals.has(ALL) || heads(name).some((head) => own.literals.has(head)))
    const patterns = own === undefined ? this.perLayer : [...this.perLayer, ...own.patterns]
    return module.names.some(
      (name) => isOwn(name) || patterns.some((pattern) => matches(pattern, `layers.${layer}.${name}`)),
    )
  }

  private isEverywhere({ names }: Module): boolean {
    const { literals, patterns } = this.everywhere
    return names.some(
      (name) =>
        runs(name).some((run) => literals.has(run)) ||
        patterns.some((pattern) => matches(pattern, `layers.0.${name}`)),
    )
  }

  /** What it takes to try all patterns with a model of so many layers, in steps of patterns. */
  steps(layers: number): number {
    return this.perLayer.reduce((sum, pattern) => sum + layers * stepsOf(pattern), this.stepsOnce)
  }

  /** Share of the weights of a layer's experts, each of so many matrices, that are named one by one. */
  expertShare(layer: number, experts: number, matrices: number): number {
    let named = 0
    for (const [expert, names] of this.ofLayer.get(layer)?.experts ?? []) {
      if (expert < experts) named += names.has(ALL) ? matrices : Math.min(matrices, names.size)
    }
    return named / (experts * matrices)
  }
}

const stepsOf = ({ ways }: Pattern): number => ways.reduce((sum, way) => sum + way.length, 0)

/** `a`, `a.b` and `a.b.c` of `a.b.c`. */
function heads(name: string): string[] {
  const parts = name.split('.')
  return parts.map((_, to) => parts.slice(0, to + 1).join('.'))
}

/** All runs of parts: `self_attn` means every module in it, wherever that is. */
function runs(name: string): string[] {
  const parts = name.split('.')
  return parts.flatMap((_, from) => heads(parts.slice(from).join('.')))
}

/** A pattern whose wildcards take numbers of any length, and that has no number of its own. */
function isForAllLayers(text: string, isRegex: boolean): boolean {
  if (!isRegex) return !/[\d?]/.test(text)
  return !/[\d.?]|\\d|\[/.test(text.replaceAll(/(?:\\d|\[0-9\]|\.)[*+]|\\\./g, ''))
}
