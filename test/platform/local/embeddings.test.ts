// The offline embeddings: meaning, long input, batches, and the cached model file.
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOfflineEmbeddings } from '../../../src/platform/local/embeddings/offline-embeddings.ts'
import { planBatches, toWindows } from '../../../src/platform/local/embeddings/plan-batches.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lakedesk-embeddings-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

describe('Offline embeddings', () => {
  it('put meaning above words', async () => {
    const embeddings = createOfflineEmbeddings({ cacheFolder: folder })
    const query = await embeddings.embedQuery('How do I reset my password?')
    const texts = [
      'Steps to recover the credentials of an account',
      'Choose a new passphrase after you forgot the old one',
      'How do I reset my router to its factory state?',
      'The weather in Lisbon is sunny',
    ]
    const [recover, forgot, router, weather] = (await embeddings.embedDocuments(texts)).map((v) => cosine(query, v))
    expect(Math.min(recover ?? 0, forgot ?? 0)).toBeGreaterThan(router ?? 1)
    expect(router).toBeGreaterThan(weather ?? 1)
  })

  it('are unit vectors of the dimension they name, for any text', async () => {
    const embeddings = createOfflineEmbeddings({ cacheFolder: folder, threads: 1 })
    for (const text of ['', ' ', '🙂', '日本語', 'word', 'a'.repeat(5000), '\u0000\ud800']) {
      const vector = await embeddings.embedQuery(text)
      expect(vector).toHaveLength(embeddings.dimension)
      expect(cosine(vector, vector)).toBeCloseTo(1, 4)
    }
    expect(await embeddings.embedDocuments([])).toEqual([])
  })

  it('keep order and nearly the same vectors, whatever is embedded beside', async () => {
    const embeddings = createOfflineEmbeddings({ cacheFolder: folder })
    const texts = Array.from({ length: 40 }, (_, i) => `Sentence ${i} ${'about storage and networks '.repeat(i % 7)}`)
    const together = await embeddings.embedDocuments(texts)
    for (const i of [0, 17, 39]) {
      expect(cosine(await embeddings.embedQuery(texts[i] ?? ''), together[i] ?? [])).toBeGreaterThan(0.97)
    }
  })

  it('read long input to its end', async () => {
    const embeddings = createOfflineEmbeddings({ cacheFolder: folder })
    const filler = 'The committee met on Tuesday to discuss the budget of the library. '.repeat(40)
    const about = await embeddings.embedQuery('volcanic eruptions and lava')
    const [without, within] = await embeddings.embedDocuments([
      filler,
      `${filler}${'Volcanic eruptions threw lava over the island. '.repeat(15)}`,
    ])
    expect(cosine(about, within ?? [])).toBeGreaterThan(cosine(about, without ?? []) + 0.1)
  })

  it('leave the event loop free while they run', async () => {
    const embeddings = createOfflineEmbeddings({ cacheFolder: folder })
    await embeddings.embedQuery('warm')
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await embeddings.embedDocuments(Array.from({ length: 40 }, (_, i) => `${i} ${'many words here '.repeat(60)}`))
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(3)
  })

  it('share one cached model file, also when two build it at once', async () => {
    const cacheFolder = path.join(folder, 'fresh', 'models')
    const both = [createOfflineEmbeddings({ cacheFolder }), createOfflineEmbeddings({ cacheFolder })]
    const [a, b] = await Promise.all(both.map((embeddings) => embeddings.embedQuery('same')))
    expect(a).toEqual(b)
    expect(await readdir(cacheFolder)).toHaveLength(1)
  })

  it('build a damaged model file anew', async () => {
    const cacheFolder = path.join(folder, 'damaged')
    const expected = await createOfflineEmbeddings({ cacheFolder }).embedQuery('same')
    const [name = ''] = await readdir(cacheFolder)
    await truncate(path.join(cacheFolder, name), 1_000_000)
    expect(await createOfflineEmbeddings({ cacheFolder }).embedQuery('same')).toEqual(expected)
  })

  it('say what is wrong where the folder cannot be used, and try again later', async () => {
    const cacheFolder = path.join(folder, 'a-file')
    await writeFile(cacheFolder, 'not a folder')
    const embeddings = createOfflineEmbeddings({ cacheFolder })
    await expect(embeddings.embedQuery('x')).rejects.toMatchObject({
      code: 'EMBEDDINGS_FAILED',
      userMessage: expect.stringContaining('writable'),
    })
    await rm(cacheFolder)
    expect(await embeddings.embedQuery('x')).toHaveLength(384)
  })
})

describe('Windows and batches', () => {
  it('cover every token', () => {
    for (const length of [0, 1, 254, 255, 476, 477, 3000]) {
      const tokens = Array.from({ length }, (_, i) => i)
      const windows = toWindows(0, tokens)
      expect(new Set(windows.flatMap((window) => window.tokens)).size).toBe(length)
      expect(Math.max(...windows.map((window) => window.tokens.length))).toBeLessThanOrEqual(254)
      expect(windows).toHaveLength(length <= 254 ? 1 : Math.ceil((length - 32) / 222))
    }
  })

  it('hold each window once, within the budget', () => {
    const windows = Array.from({ length: 500 }, (_, i) => ({
      text: i,
      tokens: new Array<number>((i * 37) % 255).fill(1),
    }))
    const batches = planBatches(windows, 150)
    expect(batches.flat()).toHaveLength(500)
    for (const batch of batches) {
      expect(batch.length).toBeLessThanOrEqual(150)
      const longest = Math.max(...batch.map((window) => window.tokens.length)) + 2
      expect(batch.length * longest).toBeLessThanOrEqual(2048)
    }
  })
})
