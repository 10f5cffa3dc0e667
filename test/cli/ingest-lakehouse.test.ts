// `lakedesk ingest` into a Vector Search index of a workspace: files of this machine, over the local lakehouse.

import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ingest, remove, type Terminal } from '../../src/cli/ingest.ts'
import { openIndex } from '../../src/cli/open-index.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { silentLog } from '../../src/core/log.ts'
import { type OpenSearch, openSearch } from '../platform/databricks/search/index-under-test.ts'
import { createFolder, writeFiles } from '../rag/folder.ts'

let search: OpenSearch

function record(): { terminal: Terminal; said(): string } {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  let text = ''
  stdout.on('data', (part: Buffer) => {
    text += part.toString()
  })
  return { terminal: { stdin, stdout, stderr }, said: () => text }
}

beforeAll(async () => {
  search = await openSearch()
})
afterAll(() => search?.close())

it('makes endpoint, table and index, and syncs once; then what changed alone', async () => {
  const folder = await createFolder({
    'reset.md': '# Reset\n\nTo reset your password, open Settings and choose Security.',
    'sso.md': '# SSO\n\nSingle sign-on with Azure AD needs the tenant id.',
  })
  const settings = readConfig({
    LAKEDESK_DATA: `${folder}/.lakedesk`,
    LAKEDESK_PLATFORM: 'databricks',
    DATABRICKS_HOST: search.standIn.host,
    DATABRICKS_TOKEN: search.standIn.token,
    DATABRICKS_WAREHOUSE_ID: 'w1',
    LAKEDESK_INDEX: 'ml.rag.cli_index',
    LAKEDESK_INDEX_TABLE: 'ml.rag.cli_chunks',
  })
  const first = record()
  expect(await ingest([`${folder}/reset.md`, `${folder}/sso.md`], settings, silentLog, first.terminal)).toBe(true)
  expect(first.said()).toContain('2 added')
  const syncs = () => search.standIn.asked.filter(({ path }) => path.endsWith('/sync')).length
  expect(syncs()).toBe(1)
  const index = await openIndex(settings, silentLog, true)
  const [hit] = await index.querySimilar({ text: 'How do I reset my password?' })
  expect(hit).toMatchObject({ doc_id: 'reset.md', title: 'Reset' })

  await writeFiles(folder, { 'sso.md': '# SSO\n\nSingle sign-on is switched on under Identity.' })
  const second = record()
  expect(await ingest([`${folder}/reset.md`, `${folder}/sso.md`], settings, silentLog, second.terminal)).toBe(true)
  expect(second.said()).toMatch(/0 added, 1 changed, 0 removed, 1 unchanged/)
  expect((await index.querySimilar({ text: 'Identity', queryType: 'FULL_TEXT' }))[0]?.doc_id).toBe('sso.md')

  const third = record()
  const source = [...(await index.listDocuments()).keys()]
  expect(source.sort()).toEqual(['reset.md', 'sso.md'])
  await remove([folder], settings, silentLog, third.terminal)
  expect(third.said()).toContain('2 pages')
  expect(await index.querySimilar({ text: 'password' })).toEqual([])
  await index.close()
})
