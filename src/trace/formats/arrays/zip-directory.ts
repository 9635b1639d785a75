// The directory at the end of a zip file: which entries there are, and the checksums of their content.

const END = 0x06054b50
const END_BYTES = 22
const ENTRY = 0x02014b50
const ENTRY_BYTES = 46
const LONG_LOCATOR = 0x07064b50
/** The end record of files beyond 4 GiB, and where it is: both stand between the directory and its usual end. */
const LONG_LOCATOR_BYTES = 20
const LONG_END_BYTES = 56
const UTF8_FLAG = 0x800

/** CRC-32 by entry name; undefined where `tail`, the last bytes of the file, holds no whole directory. */
export function zipChecksums(tail: Uint8Array): ReadonlyMap<string, number> | undefined {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const end = endRecord(view)
  if (end === undefined) return undefined
  const sizeBytes = view.getUint32(end + 12, true)
  const locator = end - LONG_LOCATOR_BYTES
  const isLong = locator >= 0 && view.getUint32(locator, true) === LONG_LOCATOR
  const stop = isLong ? locator - LONG_END_BYTES : end
  const checksums = new Map<string, number>()
  for (let at = stop - sizeBytes; at !== stop; ) {
    if (at < 0 || at + ENTRY_BYTES > stop || view.getUint32(at, true) !== ENTRY) return undefined
    const nameBytes = view.getUint16(at + 28, true)
    const isUtf8 = (view.getUint16(at + 8, true) & UTF8_FLAG) !== 0
    const name = Buffer.from(tail.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes))
    checksums.set(name.toString(isUtf8 ? 'utf8' : 'latin1'), view.getUint32(at + 16, true))
    at += ENTRY_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return checksums
}

/** Where the last record begins; a comment may stand behind it. */
function endRecord(view: DataView): number | undefined {
  for (let at = view.byteLength - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) === END) return at
  }
  return undefined
}
