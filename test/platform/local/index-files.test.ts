// What the local index does with files that are missing, damaged, foreign, locked, or written by somebody else.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { createLocalIndex } from '../../../src/platform/local/index/local-index.ts'
import type { TextEmbeddings } from '../../../src/platform/ports/models.ts'
import type { VectorIndex } from '../../../src/platform/ports/vector-index.ts'
import { makeDocument } from '../make-document.ts'
import { createHashedEmbeddings } from './hashed-embeddings.ts'

const run = promisify(execFile)
let folder: string
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lakedesk-files-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const nextFile = (): string => path.join(folder, `index-${files++}.db`)
const open = (file: string, embeddings: TextEmbeddings = createHashedEmbeddings(), readOnly = false): VectorIndex =>
  createLocalIndex({ file, embeddings, log: silentLog, readOnly })
const PAGES = Array.from({ length: 60 }, (_, i) => makeDocument(`page-${i}`, [`Page ${i} tells of topic${i}.`]))
const ask = async (index: VectorIndex, text: string): Promise<string[]> =>
  (await index.querySimilar({ text, queryType: 'FULL_TEXT' })).map((hit) => hit.doc_id)

async function makeFile(): Promise<string> {
  const file = nextFile()
  const index = open(file)
  await index.upsert(PAGES)
  await index.close()
  return file
}

describe('The local index without a file', () => {
  it('says that nothing was ingested, and creates nothing by reading', async () => {
    const file = nextFile()
    const index = open(file)
    const asked = index.querySimilar({ text: 'x' })
    await expect(asked).rejects.toMatchObject({ code: 'INDEX_MISSING', userMessage: expect.stringContaining('ingest') })
    expect(await index.listDocuments()).toEqual(new Map())
    expect(await index.describe()).toMatchObject({ documents: 0, chunks: 0, bytes: 0 })
    expect(await index.remove(['a'])).toBe(0)
    expect(existsSync(file)).toBe(false)
    await index.upsert(PAGES)
    expect(await ask(index, 'topic7')).toEqual(['page-7'])
    await index.close()
  })

  it('makes the folders above, and takes an empty file for none', async () => {
    const file = path.join(folder, 'deep', 'er', 'index.db')
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, '')
    const index = open(file)
    await expect(index.querySimilar({ text: 'x' })).rejects.toMatchObject({ code: 'INDEX_MISSING' })
    await index.upsert(PAGES)
    expect(await ask(index, 'topic7')).toEqual(['page-7'])
    await index.close()
  })
})

describe('The local index with a bad file', () => {
  it.each([
    { what: 'random bytes', spoil: (file: string) => writeFile(file, randomBytes(20_000)) },
    { what: 'a text', spoil: (file: string) => writeFile(file, 'this is not an index\n'.repeat(500)) },
    { what: 'a cut file', spoil: (file: string) => truncate(file, 60_000) },
    {
      what: 'overwritten pages',
      spoil: async (file: string) => {
        const bytes = await readFile(file)
        bytes.fill(0xa5, 8192)
        await writeFile(file, bytes)
      },
    },
    {
      what: 'another database',
      spoil: async (file: string) => {
        rmSync(file)
        const db = new DatabaseSync(file)
        db.exec('CREATE TABLE songs (title TEXT)')
        db.close()
      },
    },
    {
      what: 'another version',
      spoil: async (file: string) => {
        const db = new DatabaseSync(file)
        db.exec('PRAGMA user_version = 99')
        db.close()
      },
    },
  ])('names $what as damage and says how to mend it', async ({ spoil }) => {
    const file = await makeFile()
    await spoil(file)
    const index = open(file)
    const corrupt = { code: 'INDEX_CORRUPT', userMessage: expect.stringMatching(/Delete it.*ingest again/) }
    await expect(index.querySimilar({ text: 'topic7' })).rejects.toMatchObject(corrupt)
    await expect(index.upsert([makeDocument('new', ['New.'])])).rejects.toMatchObject(corrupt)
    await index.close()
    for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true })
    const fresh = open(file)
    await fresh.upsert(PAGES)
    expect(await ask(fresh, 'topic7')).toEqual(['page-7'])
    await fresh.close()
  })

  it('refuses other embeddings than those it was built with', async () => {
    const file = await makeFile()
    for (const other of [{ name: 'another' }, { dimension: 16 }]) {
      const index = open(file, { ...createHashedEmbeddings(), ...other })
      await expect(index.querySimilar({ text: 'x' })).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
      await expect(index.upsert(PAGES)).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
      await index.close()
    }
  })

  it('says so where the path is a folder', async () => {
    const index = open(folder)
    await expect(index.querySimilar({ text: 'x' })).rejects.toMatchObject({ code: 'INDEX_FAILED' })
    await index.close()
  })

  it('writes nothing where it was opened for reading', async () => {
    const index = open(await makeFile(), createHashedEmbeddings(), true)
    expect(await ask(index, 'topic7')).toEqual(['page-7'])
    await expect(index.upsert(PAGES)).rejects.toMatchObject({ code: 'INDEX_FAILED' })
    await expect(index.remove(['page-7'])).rejects.toMatchObject({ code: 'INDEX_FAILED' })
    await index.close()
  })

  it('reports a full disk and keeps what it held', async () => {
    const file = await makeFile()
    const options = { file, embeddings: createHashedEmbeddings(), log: silentLog }
    const limited = createLocalIndex({ ...options, maxBytes: statSync(file).size + 20_000 })
    const many = Array.from({ length: 500 }, (_, i) => makeDocument(`more-${i}`, ['lorem ipsum '.repeat(50)]))
    await expect(limited.upsert(many)).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(await ask(limited, 'topic7')).toEqual(['page-7'])
    await limited.close()
  })
})

describe('The local index beside other writers', () => {
  it('finds at the next query what another process wrote and removed', async () => {
    const file = await makeFile()
    const index = open(file)
    expect(await ask(index, 'topic7')).toEqual(['page-7'])
    const script = path.join(import.meta.dirname, 'write-from-outside.ts')
    await run(process.execPath, [script, file])
    expect(await ask(index, 'outsider')).toEqual(['from-outside'])
    expect(await ask(index, 'topic7')).toEqual([])
    const hits = await index.querySimilar({ text: 'anything', queryType: 'ANN', numResults: 100 })
    expect(hits).toHaveLength(60)
    expect(hits.map((hit) => hit.doc_id)).not.toContain('page-7')
    await index.close()
  })

  it('lets two of them write at once, each document whole', async () => {
    const file = nextFile()
    const indexes = [open(file), open(file), open(file)]
    await Promise.all(
      indexes.map((index, n) =>
        index.upsert(
          Array.from({ length: 50 }, (_, i) => makeDocument(`w${n}-${i}`, [`shared words ${n} ${i}`, 'tail'])),
        ),
      ),
    )
    for (const index of indexes) {
      expect(await index.describe()).toMatchObject({ documents: 150, chunks: 300 })
      expect(await index.querySimilar({ text: 'tail', queryType: 'FULL_TEXT', numResults: 1000 })).toHaveLength(150)
      await index.close()
    }
  })

  it('waits for a writer that is busy for a moment, while other work goes on', async () => {
    const file = await makeFile()
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const index = open(file)
    const writing = index.upsert([makeDocument('late', ['Written later.'])])
    setTimeout(() => other.exec('COMMIT'), 300)
    expect(await writing).toMatchObject({ documents: 1 })
    other.close()
    await index.close()
  })

  it('follows a file that was deleted and built anew', async () => {
    const file = await makeFile()
    const index = open(file)
    await ask(index, 'topic7')
    for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true })
    await expect(ask(index, 'topic7')).rejects.toMatchObject({ code: 'INDEX_MISSING' })
    const builder = open(file)
    await builder.upsert([makeDocument('anew', ['Built anew.'])])
    await builder.close()
    expect(await ask(index, 'anew')).toEqual(['anew'])
    await index.close()
  })

  it('keeps up through many removals', async () => {
    const file = nextFile()
    const index = open(file)
    const writer = open(file)
    await writer.upsert([makeDocument('stays', ['steady'])])
    expect(await ask(index, 'steady')).toEqual(['stays'])
    const texts = Array.from({ length: 26_000 }, (_, i) => `t${i}`)
    for (const round of [1, 2]) {
      await writer.upsert([makeDocument(`big-${round}`, texts)])
      await writer.remove([`big-${round}`])
    }
    expect(await ask(index, 'steady')).toEqual(['stays'])
    expect(await ask(index, 't17')).toEqual([])
    await index.close()
    await writer.close()
  })
})
