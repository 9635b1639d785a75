// Synthetic routing whose experts are as popular as a recorded histogram says.
import { randomStream } from '../../engine/random.ts'
import { fail, invariant } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { HistogramSource } from '../histogram.ts'
import type { RoutingSource } from '../source.ts'
import { atDepth, depthText } from './depth.ts'
import type { CountedShares, CountedSpec, RoutingShape } from './generator-spec.ts'
import { fitToGroups } from './group-shares.ts'
import { fillToken } from './token-fill.ts'
import { TokenSampler } from './token-sampler.ts'

/** Raised whenever the same counts, spec, shape and seed would give other routing than before: it is part of the hash. */
const VERSION = 1

/** Of an expert that every token chose: as good as infinite. */
const ALWAYS = 1e9
/** Counts may be rounded or decayed sums: so far above 1 a share is still taken for 1. */
const SHARE_TOLERANCE = 1e-3
/** Of an expert that was never chosen: the sampler wants weights above 0; those of a layer sum to 1 or more. */
const NEVER = 1e-12

/** Of each layer of `histograms`, its phases added up. Throws UserError where more tokens chose an expert than there are. */
export function countedShares(histograms: HistogramSource, topK: number): CountedShares {
  const { label, layers, phases, experts } = histograms
  const sharesOf = (layer: number) => {
    const counts = new Float64Array(experts)
    for (const phase of phases) {
      for (const [expert, count] of histograms.counts(layer, phase).entries()) counts[expert]! += count
    }
    const selections = counts.reduce((sum, count) => sum + count, 0)
    return counts.map((count, expert) => {
      const share = (topK * count) / selections
      if (share > 1 + SHARE_TOLERANCE) refuseShare(label, layer, expert, count / selections, topK)
      return Math.min(share, 1)
    })
  }
  return new Map(layers.map((layer) => [layer, sharesOf(layer)]))
}

/**
 * Weights > 0 [expert] by which successive sampling chooses each expert for its share pi of the tokens: -ln(1 - pi). Taking
 * the k earliest of exponential clocks of rate w is successive sampling, and about k of them have rung at time 1 (Rosen
 * 1997, order sampling). Weights in proportion to the counts would draw the popular experts too rarely, since a token takes
 * each once. Of many experts the shares come out exactly, of eight within three points of the tokens. Where
 * the router limits tokens to groups, the weights are fitted to that.
 */
export function weightsFor(shares: Float64Array, topK: number, router: RoutingShape['router']): Float64Array {
  const weights = shares.map((share) => Math.max(NEVER, Math.min(-Math.log1p(-share), ALWAYS)))
  const isLimited = router !== undefined && router.groupsPerToken < router.groups
  return isLimited ? fitToGroups(weights, shares, topK, router) : weights
}

function refuseShare(file: string, layer: number, expert: number, part: number, topK: number): never {
  return fail(
    'trace',
    {
      what: `layer ${layer}: expert ${expert} has ${(100 * part).toFixed(1)} % of the selections; a token of top-${topK} chooses it once at most, which is ${(100 / topK).toFixed(1)} %`,
      hint: 'pass the model that the counts were recorded with',
    },
    { file },
  )
}

/**
 * Routing of the layers that `histograms` cover: the tokens are made as by generateRouting, popularity alone is counted, the
 * same for all requests. At reuse 0 experts get the counted shares of the tokens but for chance; with `reuse` these drift a
 * little. `shape.layers` is not looked at. Nothing is stored, as there.
 */
export function countedRouting(
  io: Pick<Io, 'hash'>,
  histograms: HistogramSource,
  shares: CountedShares,
  spec: CountedSpec,
  shape: RoutingShape,
  seed: number,
): RoutingSource {
  const { reuse, requests, prefillTokens, decodeTokens } = spec
  const { experts, topK, router } = shape
  const tokens = prefillTokens + decodeTokens
  const hash = io.hash()
  hash.update(
    JSON.stringify([
      ['moesim-counted-routing', VERSION, seed, histograms.sha256],
      [reuse, requests, prefillTokens, decodeTokens],
      [experts, topK, router ? [router.groups, router.groupsPerToken] : null],
    ]),
  )
  const sha256 = hash.hex()
  return {
    label: `generator (popularity from ${histograms.label}, reuse ${depthText(reuse)}, ${requests} requests of ${prefillTokens}+${decodeTokens} tokens, seed ${seed})`,
    kind: 'generator',
    experts,
    topK,
    layers: histograms.layers,
    requests: Array.from({ length: requests }, (_, index) => ({ id: String(index), prefillTokens, tokens })),
    sha256,
    portable: { kind: 'counts', sha256, shares, spec, shape, seed },
    layerExperts: (layer) => countedLayer(shares, spec, shape, seed, layer),
  }
}

/** Expert ids of one layer, [token][slot] over all requests: what the source's `layerExperts` returns. */
export function countedLayer(
  shares: CountedShares,
  spec: CountedSpec,
  { topK, router }: RoutingShape,
  seed: number,
  layer: number,
): Uint16Array {
  const sharesOfLayer = shares.get(layer)
  invariant(sharesOfLayer !== undefined, () => `layer ${layer} asked of counts that have it not`)
  const sampler = new TokenSampler(weightsFor(sharesOfLayer, topK, router), router)
  const random = randomStream(seed, `routing/layer-${layer}/counted-tokens`)
  const reuse = atDepth(spec.reuse, layer)
  const tokens = spec.prefillTokens + spec.decodeTokens
  const ids = new Uint16Array(spec.requests * tokens * topK)
  for (let at = 0; at < ids.length; at += topK) {
    const isFirst = at % (tokens * topK) === 0
    fillToken(ids, at, topK, isFirst ? 0 : reuse, sampler, random)
  }
  return ids
}
