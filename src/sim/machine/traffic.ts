// What a layer moved and computed: plain counters. Declared here, a counter is in the totals of layers and runs.

export class Traffic {
  /** Weights read from memory. */
  weightReadBytes = 0
  /** The part of it that was read for a die other than the one behind the channel. */
  weightReadRemoteBytes = 0
  /** Activations read from and written to memory. */
  activationReadBytes = 0
  replicaWriteBytes = 0
  /** Of weightReadBytes: read for the layer after this one. */
  aheadReadBytes = 0
  /** Slices, and their bytes, that the layer before read for this one and that were used. */
  aheadUses = 0
  aheadUsedBytes = 0
  /** Read ahead in vain: given up by the layer that read them or by this one. */
  aheadVainBytes = 0
  /**
   * Read from and written to on-chip buffers: a slice when it arrives, for each send, for a replica and for each job that
   * computes with it; tokens into and out of each job, and when they are copied between dies.
   */
  sramBytes = 0
  sliceLoads = 0
  /** Slices that a die needed and could read neither from its own home memory nor from a replica. */
  remoteLoads = 0
  replicaLoads = 0
  llcHits = 0
  linkBytes = 0
  linkByteHops = 0
  /** Hops of messages; a remote read counts the hops of its request only. */
  hops = 0
  /** Weights that a placement moved: read from memory and written to it. */
  moveMemoryBytes = 0
  /** Time in which work waited for weights that a placement moved. */
  moveStallPs = 0
  /** Useful FLOPs by die. */
  readonly dieFlop: Float64Array
  /** Read and written through each die's memory channel. */
  readonly channelBytes: Float64Array

  constructor(dies = 0) {
    this.dieFlop = new Float64Array(dies)
    this.channelBytes = new Float64Array(dies)
  }
}
