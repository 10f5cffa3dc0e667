// Delta sync: what changed, what is gone, and what belongs to whom.
import { mkdir, rename, rm, symlink, utimes } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WINDOW } from '../../src/rag/chunk/strategy.ts'
import { type SyncOptions, type SyncProgress, syncSource } from '../../src/rag/sync.ts'
import { createFolder, writeFiles } from './folder.ts'
import { createMemoryIndex } from './memory-index.ts'

function createSync() {
  const index = createMemoryIndex()
  const sync = (paths: string | string[], more: Partial<SyncOptions> = {}) =>
    syncSource({ index, paths: [paths].flat(), ...more })
  const ids = () => [...index.documents.keys()].sort()
  return { index, sync, ids }
}

const LONG = (word: string) => `# ${word}\n\n${`${word} says something of use here. `.repeat(60)}`

describe('delta', () => {
  it('indexes what is new, touches what changed, removes what is gone', async () => {
    const { index, sync, ids } = createSync()
    const folder = await createFolder({ 'a.md': LONG('alpha'), 'b.md': LONG('beta'), 'sub/c.md': LONG('gamma') })
    const first = await sync(folder)
    expect(first).toMatchObject({ added: 3, changed: 0, removed: 0, unchanged: 0, skipped: [] })
    expect(first.chunks).toBe((await index.describe()).chunks)

    expect(await sync(folder)).toMatchObject({ added: 0, changed: 0, removed: 0, unchanged: 3, chunks: 0, embedded: 0 })

    await writeFiles(folder, { 'b.md': `${LONG('beta')}One more.` })
    await rm(join(folder, 'sub'), { recursive: true })
    await rename(join(folder, 'a.md'), join(folder, 'z.md'))
    const next = await sync(folder)
    expect(next).toMatchObject({ added: 1, changed: 1, removed: 2, unchanged: 0 })
    expect(next.embedded).toBe(1)
    expect(ids()).toEqual(['b.md', 'z.md'])
    expect(await index.querySimilar({ text: 'gamma' })).toEqual([])
  })

  it('does not care for a changed time, and does for a changed strategy', async () => {
    const { index, sync } = createSync()
    const folder = await createFolder({ 'a.md': LONG('alpha') })
    await sync(folder)
    await utimes(join(folder, 'a.md'), new Date(), new Date(0))
    expect(await sync(folder)).toMatchObject({ unchanged: 1, chunks: 0 })
    expect(await sync(folder, { strategy: WINDOW })).toMatchObject({ changed: 1, unchanged: 0 })
    expect(index.documents.get('a.md')?.chunks[0]?.text).toHaveLength(512)
  })

  it('reports broken files, and forgets what they said before', async () => {
    const { sync, ids } = createSync()
    const folder = await createFolder({ 'a.md': 'Alpha.', 'b.md': 'Beta.' })
    await sync(folder)
    await writeFiles(folder, { 'b.md': new Uint8Array([0, 1, 2]) })
    const report = await sync(folder)
    expect(report).toMatchObject({
      removed: 1,
      unchanged: 1,
      skipped: [{ path: 'b.md', why: expect.stringContaining('binary') }],
    })
    expect(ids()).toEqual(['a.md'])
  })

  it('keeps what it can only not see for the moment', async () => {
    const { sync, ids } = createSync()
    const folder = await createFolder({ 'a.md': 'Alpha.', 'b.md': 'Beta.', 'c.md': 'Gamma.' })
    await sync(folder)
    await rm(join(folder, 'b.md'))
    await rm(join(folder, 'c.md'))
    // Opening it works and reading fails, as on a broken disk, for every user.
    await symlink('/proc/self/mem', join(folder, 'b.md'))
    expect(await sync(folder)).toMatchObject({
      removed: 1,
      unchanged: 1,
      skipped: [{ path: 'b.md', why: expect.stringContaining('could not be read') }],
    })
    expect(ids()).toEqual(['a.md', 'b.md'])
    await rm(join(folder, 'a.md'))
    await symlink('/proc/self/mem', join(folder, 'pages.jsonl'))
    const report = await sync(folder)
    expect(report.removed).toBe(0)
    expect(report.skipped.map((left) => left.path)).toEqual(['pages.jsonl', 'b.md'])
  })

  it('refuses a path without pages, but follows a folder that was emptied', async () => {
    const { sync, ids } = createSync()
    const folder = await createFolder()
    await expect(sync(folder)).rejects.toMatchObject({ code: 'SOURCE_EMPTY' })
    await writeFiles(folder, { 'bad.md': new Uint8Array([0]) })
    await expect(sync(folder)).rejects.toMatchObject({
      code: 'SOURCE_EMPTY',
      userMessage: expect.stringContaining('bad.md'),
    })
    await writeFiles(folder, { 'a.md': 'Alpha.' })
    await sync(folder)
    await rm(join(folder, 'a.md'))
    await rm(join(folder, 'bad.md'))
    expect(await sync(folder)).toMatchObject({ removed: 1 })
    expect(ids()).toEqual([])
    await expect(sync(join(folder, 'none'))).rejects.toMatchObject({ code: 'SOURCE_MISSING' })
  })

  it('shows progress, and can be stopped and taken up again', async () => {
    const { index, sync } = createSync()
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`p${at}.md`, LONG(`word${at}`)]))
    const folder = await createFolder(files)
    const stop = new AbortController()
    const onProgress = (progress: SyncProgress) => {
      if (progress.phase === 'index' && progress.done > 0) stop.abort()
    }
    await expect(sync(folder, { signal: stop.signal, onProgress })).rejects.toMatchObject({ name: 'AbortError' })
    const kept = index.documents.size
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThan(400)
    const seen: SyncProgress[] = []
    expect(await sync(folder, { onProgress: (progress) => seen.push(progress) })).toMatchObject({
      added: 400 - kept,
      unchanged: kept,
    })
    expect(seen.filter((progress) => progress.phase === 'scan').at(-1)).toMatchObject({ done: 400, total: 400 })
    expect(seen.at(-1)).toMatchObject({ phase: 'index', done: 400 - kept, total: 400 - kept })
  })
})

describe('sources', () => {
  it('knows a folder however it is spelled', async () => {
    const { sync, index } = createSync()
    const folder = await createFolder({ 'docs/a.md': 'Alpha.' })
    await symlink(join(folder, 'docs'), join(folder, 'link'))
    await sync(join(folder, 'docs'))
    for (const path of [
      relative(process.cwd(), join(folder, 'docs')),
      `${folder}/docs/../docs/`,
      join(folder, 'link'),
    ]) {
      expect(await sync(path)).toMatchObject({ added: 0, unchanged: 1, removed: 0 })
    }
    expect(index.documents.get('a.md')?.source).toBe(join(folder, 'docs'))
  })

  it('keeps sources apart, and gives pages of the same path names of their own', async () => {
    const { sync, ids, index } = createSync()
    const folder = await createFolder({
      'one/a.md': 'First.',
      'one/b.md': 'Only one.',
      'two/a.md': 'Second.',
      'two/c.md': 'Only two.',
    })
    await sync(join(folder, 'one'))
    expect(await sync(join(folder, 'two'))).toMatchObject({ added: 2, removed: 0 })
    const long = ids().find((id) => id.includes('~')) ?? ''
    expect(ids()).toEqual(['a.md', 'b.md', 'c.md', long])
    expect(long).toMatch(/^two~[0-9a-f]{6}\/a\.md$/)
    expect(index.documents.get('a.md')?.chunks[0]?.text).toBe('First.')

    await rm(join(folder, 'one/b.md'))
    expect(await sync([join(folder, 'one'), join(folder, 'two')])).toMatchObject({ added: 0, removed: 1, unchanged: 3 })
    await rm(join(folder, 'one/a.md'))
    await sync(join(folder, 'one'))
    expect(await sync(join(folder, 'two'))).toMatchObject({ added: 0, removed: 0, unchanged: 2 })
    expect(ids()).toEqual(['c.md', long])
  })

  it('takes single files without forgetting their neighbours', async () => {
    const { sync, ids } = createSync()
    const folder = await createFolder({ 'a.md': 'Alpha.', 'b.md': 'Beta.', 'c.md': 'Gamma.' })
    await sync([join(folder, 'a.md'), join(folder, 'b.md')])
    expect(await sync(join(folder, 'c.md'))).toMatchObject({ added: 1, removed: 0 })
    expect(ids()).toEqual(['a.md', 'b.md', 'c.md'])
    expect(await sync(folder)).toMatchObject({ unchanged: 3 })
  })

  it('does not hold a page twice when a part and the whole are ingested', async () => {
    const { sync, ids } = createSync()
    const folder = await createFolder({ 'docs/top.md': 'Top.', 'docs/sub/a.md': 'Alpha.', 'docs/sub/b.md': 'Beta.' })
    await sync(join(folder, 'docs'))
    await writeFiles(folder, { 'docs/sub/a.md': 'Alpha two.' })
    await rm(join(folder, 'docs/sub/b.md'))
    expect(await sync(join(folder, 'docs/sub'))).toMatchObject({ changed: 1, removed: 1 })
    expect(await sync(join(folder, 'docs/sub/a.md'))).toMatchObject({ unchanged: 1 })
    expect(ids()).toEqual(['sub/a.md', 'top.md'])

    const other = createSync()
    await other.sync(join(folder, 'docs/sub'))
    expect(other.ids()).toEqual(['a.md'])
    await other.sync(join(folder, 'docs'))
    expect(other.ids()).toEqual(['sub/a.md', 'top.md'])
  })

  it('follows a dump of pages', async () => {
    const { sync, ids } = createSync()
    const dump = (...pages: [string, string][]) =>
      pages.map(([id, markdown]) => JSON.stringify({ id, title: id, markdown })).join('\n')
    const folder = await createFolder({ 'pages.jsonl': dump(['a', 'Alpha.'], ['b', 'Beta.']) })
    await sync(join(folder, 'pages.jsonl'))
    await writeFiles(folder, { 'pages.jsonl': dump(['b', 'Beta two.'], ['c', 'Gamma.']) })
    expect(await sync(join(folder, 'pages.jsonl'))).toMatchObject({ added: 1, changed: 1, removed: 1 })
    expect(ids()).toEqual(['b', 'c'])
    await writeFiles(folder, { 'x.md': 'Ex.' })
    expect(await sync(folder)).toMatchObject({ added: 1, changed: 2, removed: 0, embedded: 1 })
    expect(await sync(folder)).toMatchObject({ unchanged: 3 })
    await mkdir(join(folder, 'empty'))
    await rm(join(folder, 'pages.jsonl'))
    expect(await sync(folder)).toMatchObject({ removed: 2 })
    expect(ids()).toEqual(['x.md'])
  })
})
