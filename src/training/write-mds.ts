// Writes rows of texts as shards of Streaming's MDS format, version 2, which `streaming.StreamingDataset` reads.
import { createHash } from 'node:crypto'
import type { TrainingFile } from '../platform/ports/training.ts'

/** `json` columns hold JSON as text. Both have no fixed size. */
export type MdsEncoding = 'str' | 'json'

/** Bytes of one shard, as Streaming's own writer has it. */
const SIZE_LIMIT = 1 << 26
const WORD = 4

/**
 * `index.json` and `shard.00000.mds` and so on. A shard is: count of samples (u32), where each begins and the last ends (u32 each, from the
 * beginning of the file), the configuration as JSON, the samples. A sample is: the size of each column (u32), then their bytes. All
 * little-endian, columns sorted by name (mosaicml-streaming, streaming/base/format/mds/writer.py).
 */
export function writeMds(
  columns: Readonly<Record<string, MdsEncoding>>,
  rows: readonly Readonly<Record<string, unknown>>[],
  sizeLimit = SIZE_LIMIT,
): TrainingFile[] {
  const encode = toEncoder(columns)
  return toFiles(columns, rows.map(encode), sizeLimit)
}

/** The encoding of one row, for whoever writes in pieces and hands all of them to `toFiles`. */
export function toEncoder(
  columns: Readonly<Record<string, MdsEncoding>>,
): (row: Readonly<Record<string, unknown>>) => Buffer {
  const names = Object.keys(columns).sort()
  return (row) => encodeSample(names, columns, row)
}

/** The files of `writeMds`, of rows that are encoded. */
export function toFiles(
  columns: Readonly<Record<string, MdsEncoding>>,
  samples: readonly Buffer[],
  sizeLimit = SIZE_LIMIT,
): TrainingFile[] {
  const names = Object.keys(columns).sort()
  const config = {
    column_encodings: names.map((name) => columns[name]),
    column_names: names,
    column_sizes: names.map(() => null),
    compression: null,
    format: 'mds',
    hashes: ['sha1'],
    size_limit: sizeLimit,
    version: 2,
  }
  const head = Buffer.from(JSON.stringify(config))
  const shards = divide(samples, head.length, sizeLimit)
  const files = shards.map((shard, n) => ({
    path: `shard.${String(n).padStart(5, '0')}.mds`,
    bytes: encodeShard(shard, head),
    samples: shard.length,
  }))
  const index = {
    version: 2,
    shards: files.map(({ path, bytes, samples: count }) => ({
      ...config,
      samples: count,
      raw_data: {
        basename: path,
        bytes: bytes.length,
        hashes: { sha1: createHash('sha1').update(bytes).digest('hex') },
      },
      zip_data: null,
    })),
  }
  return [
    { path: 'index.json', bytes: Buffer.from(JSON.stringify(index)) },
    ...files.map(({ path, bytes }) => ({ path, bytes })),
  ]
}

function encodeSample(
  names: readonly string[],
  columns: Readonly<Record<string, MdsEncoding>>,
  row: Readonly<Record<string, unknown>>,
): Buffer {
  const values = names.map((name) =>
    Buffer.from(columns[name] === 'json' ? JSON.stringify(row[name]) : String(row[name])),
  )
  return Buffer.concat([toWords(values.map(({ length }) => length)), ...values])
}

function divide(samples: readonly Buffer[], headBytes: number, sizeLimit: number): Buffer[][] {
  const empty = WORD + WORD + headBytes
  const shards: Buffer[][] = []
  let size = 0
  for (const sample of samples) {
    const last = shards.at(-1)
    if (!last || size + sample.length + WORD > sizeLimit) {
      shards.push([sample])
      size = empty
    } else last.push(sample)
    size += sample.length + WORD
  }
  return shards
}

function encodeShard(samples: readonly Buffer[], head: Buffer): Buffer {
  const offsets = [WORD * (samples.length + 2) + head.length]
  for (const { length } of samples) offsets.push((offsets.at(-1) ?? 0) + length)
  return Buffer.concat([toWords([samples.length, ...offsets]), head, ...samples])
}

function toWords(numbers: readonly number[]): Buffer {
  const words = Buffer.alloc(numbers.length * WORD)
  for (const [n, number] of numbers.entries()) words.writeUInt32LE(number, n * WORD)
  return words
}
