// The error for bytes that are no proper Parquet, in the words of a message.

/** Thrown while a file's bytes are looked at; becomes a finding about that file. */
export class DamagedParquet extends Error {
  override readonly name = 'DamagedParquet'
}
