// The local index at its front door, with the real offline embeddings.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { createOfflineEmbeddings } from '../../../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalIndex } from '../../../src/platform/local/index/local-index.ts'
import type { TextEmbeddings } from '../../../src/platform/ports/models.ts'
import type { QueryType, VectorIndex } from '../../../src/platform/ports/vector-index.ts'
import { describeVectorIndex } from '../index-contract.ts'
import { makeDocument } from '../make-document.ts'

let folder: string
let embeddings: TextEmbeddings
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lakedesk-index-'))
  embeddings = createOfflineEmbeddings({ cacheFolder: path.join(folder, 'models') })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const nextFile = (): string => path.join(folder, `index-${files++}.db`)
const open = (file = nextFile(), more: { embeddings?: TextEmbeddings; readOnly?: boolean } = {}): VectorIndex =>
  createLocalIndex({ file, embeddings, log: silentLog, ...more })

describeVectorIndex('The local index', async () => open())

const PAGES = [
  makeDocument('a', [
    'Rotate the signing key every ninety days.',
    'Set api_key in config.yaml; ERR-1042 means it is wrong.',
  ]),
  makeDocument('b', [
    'Backups run nightly and are kept for thirty days.',
    'Restore a backup with maxRetries set to 3.',
  ]),
  makeDocument('c', ['Version v4.2 drops support for TLS 1.0.', 'Password rules: twelve characters or more.']),
]

const searchAll = async (index: VectorIndex): Promise<unknown> => {
  const types: QueryType[] = ['ANN', 'FULL_TEXT', 'HYBRID']
  const questions = ['how long are backups kept', 'api_key wrong', 'which TLS versions work']
  return Promise.all(types.flatMap((queryType) => questions.map((text) => index.querySimilar({ text, queryType }))))
}

describe('The local index on disk', () => {
  it('gives the same results after it was opened again, whatever its history', async () => {
    const file = nextFile()
    const index = open(file)
    await index.upsert([makeDocument('gone', ['Backups of the api_key are kept with TLS.']), ...PAGES])
    await searchAll(index)
    await index.upsert([makeDocument('b', ['Old text of b.'])])
    await index.remove(['gone'])
    await index.upsert(PAGES)
    const before = await searchAll(index)
    await index.close()
    const again = open(file)
    expect(await searchAll(again)).toEqual(before)
    await again.close()
  })

  it('finds names whole and in parts', async () => {
    const index = open()
    await index.upsert(PAGES)
    for (const [text, chunk] of [
      ['ERR-1042', 'a-1'],
      ['api_key', 'a-1'],
      ['api key', 'a-1'],
      ['max retries', 'b-1'],
      ['maxRetries', 'b-1'],
      ['v4.2', 'c-0'],
    ] as const) {
      const [hit] = await index.querySimilar({ text, queryType: 'FULL_TEXT' })
      expect(hit?.chunk_id, text).toBe(chunk)
    }
    await index.close()
  })

  it('embeds only what is new, and shows progress', async () => {
    const index = open()
    await index.upsert(PAGES)
    const seen: number[] = []
    const longer = makeDocument('a', [
      'Keys are secret.',
      'Rotate the signing key every ninety days.',
      'Set api_key in config.yaml; ERR-1042 means it is wrong.',
    ])
    const result = await index.upsert([longer], { onProgress: (chunks) => seen.push(chunks) })
    expect(result).toEqual({ documents: 1, chunks: 3, embedded: 1, removedChunks: 0 })
    expect(seen).toEqual([3])
    await index.close()
  })

  it('stops between two embedding calls when told, and keeps whole documents', async () => {
    const stop = new AbortController()
    let calls = 0
    const counting: TextEmbeddings = {
      ...embeddings,
      async embedDocuments(texts) {
        if (++calls === 2) stop.abort()
        expect(texts.length).toBeLessThanOrEqual(150)
        return texts.map(() => new Float32Array(384).fill(1))
      },
    }
    const index = open(undefined, { embeddings: counting })
    const texts = Array.from({ length: 400 }, (_, i) => `Paragraph ${i}.`)
    const work = index.upsert([makeDocument('first', ['One.']), makeDocument('big', texts)], { signal: stop.signal })
    await expect(work).rejects.toMatchObject({ name: 'AbortError' })
    expect([...(await index.listDocuments()).keys()]).toEqual(['first'])
    expect(calls).toBe(2)
    await index.close()
  })

  it('refuses vectors of another length or without direction', async () => {
    for (const vector of [[1, 2, 3], new Float32Array(384), new Float32Array(384).fill(Number.NaN)]) {
      const bad: TextEmbeddings = { ...embeddings, embedDocuments: async (texts) => texts.map(() => vector) }
      const index = open(undefined, { embeddings: bad })
      await expect(index.upsert(PAGES)).rejects.toMatchObject({ code: 'EMBEDDINGS_FAILED' })
      expect(await index.describe()).toMatchObject({ documents: 0 })
      await index.close()
    }
  })
})
