import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { writeExamples } from '../../src/training/write-examples.ts'
import { writeMds } from '../../src/training/write-mds.ts'

const fileOf = (files: ReturnType<typeof writeMds>, path: string): Buffer => {
  const file = files.find((each) => each.path === path)
  if (!file) throw new Error(`no ${path}`)
  return Buffer.from(file.bytes)
}

/** As the format says, in the words of its reader. */
function readShard(bytes: Buffer, columns: number): string[][] {
  const count = bytes.readUInt32LE(0)
  return Array.from({ length: count }, (_, n) => {
    const [begin, end] = [bytes.readUInt32LE(4 + n * 4), bytes.readUInt32LE(8 + n * 4)]
    const sample = bytes.subarray(begin, end)
    let at = columns * 4
    return Array.from({ length: columns }, (_, column) => {
      const size = sample.readUInt32LE(column * 4)
      at += size
      return sample.subarray(at - size, at).toString()
    })
  })
}

describe('shards of MDS', () => {
  const rows = Array.from({ length: 50 }, (_, n) => ({ prompt: `Frage ${n} äöü 🧪`, response: 'r'.repeat(n) }))

  it('hold every sample behind its offset, and their digest stands in the index', () => {
    const files = writeMds({ response: 'str', prompt: 'str' }, rows)
    const index = JSON.parse(fileOf(files, 'index.json').toString())
    const [shard] = index.shards
    const bytes = fileOf(files, 'shard.00000.mds')
    expect(shard).toMatchObject({
      format: 'mds',
      version: 2,
      samples: 50,
      column_names: ['prompt', 'response'],
      column_sizes: [null, null],
    })
    expect(shard.raw_data).toEqual({
      basename: 'shard.00000.mds',
      bytes: bytes.length,
      hashes: { sha1: createHash('sha1').update(bytes).digest('hex') },
    })
    expect(readShard(bytes, 2)).toEqual(rows.map(({ prompt, response }) => [prompt, response]))
    expect(bytes.readUInt32LE(4 + 50 * 4)).toBe(bytes.length)
  })

  it('are divided at the size limit, in order', () => {
    const files = writeMds({ prompt: 'str', response: 'str' }, rows, 1_000)
    const shards = files.filter(({ path }) => path.endsWith('.mds'))
    expect(shards.length).toBeGreaterThan(3)
    expect(shards.every(({ bytes }) => bytes.length <= 1_000)).toBe(true)
    expect(shards.flatMap(({ bytes }) => readShard(Buffer.from(bytes), 2)).map(([prompt]) => prompt)).toEqual(
      rows.map(({ prompt }) => prompt),
    )
  })

  it('hold conversations as JSON', () => {
    const messages = [
      { role: 'user' as const, content: 'q' },
      { role: 'assistant' as const, content: 'a' },
    ]
    const files = writeExamples([{ kind: 'chat', messages }], 'mds')
    expect(JSON.parse(fileOf(files, 'index.json').toString()).shards[0].column_encodings).toEqual(['json'])
    expect(JSON.parse(readShard(fileOf(files, 'shard.00000.mds'), 1)[0]?.[0] ?? '')).toEqual(messages)
  })
})
