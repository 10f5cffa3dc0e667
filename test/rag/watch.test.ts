// Watching: the index follows a folder while it runs.
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Log, silentLog } from '../../src/core/log.ts'
import { type WatchOptions, watchSource } from '../../src/rag/watch.ts'
import { createFolder, type Files, writeFiles } from './folder.ts'
import { createMemoryIndex } from './memory-index.ts'

async function start(files: Files, more: Partial<WatchOptions> = {}) {
  const folder = await createFolder(files)
  const index = createMemoryIndex()
  const watch = watchSource({ index, paths: [folder], ...more })
  onTestFinished(() => watch.close())
  const answers = (text: string, expected: readonly string[]) =>
    vi.waitFor(
      async () => {
        const hits = await index.querySimilar({ text })
        expect(hits.map((hit) => hit.doc_id).sort()).toEqual(expected)
      },
      { timeout: 15_000, interval: 20 },
    )
  return { folder, index, watch, answers }
}

describe('watchSource', () => {
  it('answers from saved changes, and stops citing deleted pages', async () => {
    const { folder, watch, answers } = await start({ 'a.md': 'Alpha.', 'sub/b.md': 'Beta.', 'sub/c.md': 'Beta too.' })
    expect(await watch.ready).toMatchObject({ added: 3 })
    await writeFiles(folder, {
      'a.md': 'Omega now.',
      'new/deep/d.md': 'Delta.',
      '.hidden/e.md': 'Delta.',
      'f.png': 'Delta.',
    })
    await answers('omega', ['a.md'])
    await answers('alpha', [])
    await answers('delta', ['new/deep/d.md'])
    await rm(join(folder, 'sub'), { recursive: true })
    await answers('beta', [])
    await rename(join(folder, 'a.md'), join(folder, 'moved.md'))
    await answers('omega', ['moved.md'])
  })

  it('reads only what changed', async () => {
    const reports: number[] = []
    const { folder, watch, answers } = await start(
      { 'a.md': 'Alpha.', 'b.md': 'Beta.' },
      { onSync: (report) => reports.push(report.unchanged + report.changed + report.added) },
    )
    await watch.ready
    await writeFiles(folder, { 'b.md': 'Gamma.' })
    await answers('gamma', ['b.md'])
    expect(reports[0]).toBe(2)
    expect(Math.max(...reports.slice(1))).toBe(1)
  })

  it('goes on after an error, and tries again what failed', async () => {
    const errors: unknown[] = []
    const log: Log = { ...silentLog, error: (_message, fields) => errors.push(fields?.error) }
    const { folder, index, watch, answers } = await start({ 'a.md': 'Alpha.' }, { log })
    await watch.ready
    const { upsert } = index
    index.upsert = async () => {
      index.upsert = upsert
      throw new Error('disk is full')
    }
    await writeFiles(folder, { 'b.md': 'Beta.' })
    await answers('beta', ['b.md'])
    expect(errors).toEqual(['Error: disk is full'])
  })

  it('follows a dump, and single files without their neighbours', async () => {
    const dump = (id: string) => JSON.stringify({ id, title: id, markdown: `Page ${id}.` })
    const folder = await createFolder({
      'pages.jsonl': `${dump('one')}\n${dump('two')}`,
      'a.md': 'Alpha.',
      'b.md': 'Beta.',
    })
    const index = createMemoryIndex()
    const watch = watchSource({ index, paths: [join(folder, 'pages.jsonl'), join(folder, 'a.md')] })
    onTestFinished(() => watch.close())
    await watch.ready
    await writeFiles(folder, { 'pages.jsonl': dump('two'), 'a.md': 'Alpha again.', 'b.md': 'Beta again.' })
    await vi.waitFor(() => {
      expect([...index.documents.keys()].sort()).toEqual(['a.md', 'two'])
      expect(index.documents.get('a.md')?.chunks[0]?.text).toBe('Alpha again.')
    }, 15_000)
  })

  it('says why it cannot start, and closes all the same', async () => {
    const folder = await createFolder()
    await mkdir(join(folder, 'empty'))
    const index = createMemoryIndex()
    const missing = watchSource({ index, paths: [join(folder, 'gone')] })
    await expect(missing.ready).rejects.toMatchObject({ code: 'SOURCE_MISSING' })
    await missing.close()
    const empty = watchSource({ index, paths: [join(folder, 'empty')] })
    await expect(empty.ready).rejects.toMatchObject({ code: 'SOURCE_EMPTY' })
    await empty.close()
  })
})
