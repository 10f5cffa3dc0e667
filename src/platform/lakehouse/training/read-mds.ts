// Reads Streaming's MDS shards: the folder that a Composer training of Databricks reads its examples from.
import { setOwn } from '../own-keys.ts'
import { asList, asValues, text, type Values } from '../wire.ts'

/**
 * Rows of a folder with `index.json` (version 2): columns of text and JSON, uncompressed. A shard is the number of samples,
 * the offsets of all and of the end, and the samples: sizes of the columns without a fixed one, then their bytes; 32 bits, little endian.
 * @throws Error naming the file that is missing or cannot be read.
 */
export function readMds(index: Uint8Array, readFile: (name: string) => Uint8Array | undefined): Values[] {
  return asList(asValues(JSON.parse(String(index))).shards).flatMap((shard) => {
    const name = text(asValues(shard.raw_data), 'basename')
    if (shard.format !== 'mds' || shard.compression)
      throw new Error(`The shard ${name} is compressed or not in the format mds`)
    const bytes = readFile(name)
    if (!bytes) throw new Error(`The shard ${name} is not there`)
    const [names, encodings, sizes] = [shard.column_names, shard.column_encodings, shard.column_sizes].map((list) =>
      Array.isArray(list) ? list : [],
    ) as [unknown[], unknown[], unknown[]]
    const columns = names.map((one, nth) => ({ name: String(one), encoding: String(encodings[nth]), size: sizes[nth] }))
    return readShard(Buffer.from(bytes), columns, name)
  })
}

interface Column {
  name: string
  encoding: string
  /** A number of bytes, or null. */
  size: unknown
}

function readShard(bytes: Buffer, columns: readonly Column[], file: string): Values[] {
  try {
    return Array.from({ length: bytes.readUInt32LE(0) }, (_, nth) => {
      const [from, to] = [bytes.readUInt32LE(4 + 4 * nth), bytes.readUInt32LE(8 + 4 * nth)]
      return readSample(bytes.subarray(from, to), columns)
    })
  } catch (error) {
    throw new Error(`The shard ${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function readSample(bytes: Buffer, columns: readonly Column[]): Values {
  let head = 0
  const sizes = columns.map(({ size }) => {
    if (typeof size === 'number') return size
    head += 4
    return bytes.readUInt32LE(head - 4)
  })
  let at = head
  const row: Record<string, unknown> = {}
  for (const [nth, { name, encoding }] of columns.entries()) {
    const part = bytes.subarray(at, at + (sizes[nth] ?? 0))
    at += part.length
    if (encoding === 'str') setOwn(row, name, part.toString())
    else if (encoding === 'json') setOwn(row, name, JSON.parse(part.toString()))
  }
  return row
}
