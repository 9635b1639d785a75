// What a cache policy decides: how much each expert is worth keeping.

/**
 * A full cache puts out the expert of least worth, of equals the one used longest ago; an expert that is used always comes
 * in, since it computes from its slot. The worth may depend on all uses so far, also on those of experts that are not held,
 * but not on the size of the cache. This makes every policy a stack algorithm (Mattson et al., IBM Systems Journal 9(2),
 * 1970): a cache holds whatever a smaller one would hold.
 */
export interface CachePolicy {
  /**
   * Notes a use of `expert` and returns its worth until its next use: any number but NaN, more is kept longer. `use` is
   * the number of the use, rising from call to call.
   */
  worth(expert: number, use: number): number
}
