// From files on disk through the embedded index to numbered passages, and back out when a page is deleted.
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { createOfflineEmbeddings } from '../../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalIndex } from '../../src/platform/local/index/local-index.ts'
import { PRODUCT_DOCS_RAG } from '../../src/rag/chain.ts'
import { createRetriever } from '../../src/rag/retriever.ts'
import { syncSource } from '../../src/rag/sync.ts'
import { createDocx, createPdf } from './documents.ts'
import { createFolder, writeFiles } from './folder.ts'

it('answers from a folder of mixed files with the embedded index and the offline model', async () => {
  const folder = await createFolder({
    'docs/account/reset.md':
      '---\nurl: https://docs.example/reset\n---\n# Reset your password\n\nOpen the sign-in page and press Forgot password.',
    'docs/sso/azure.mdx':
      '# SSO with Azure AD\n\n<Steps title="Steps">\n\n1. Create an enterprise application.\n\n</Steps>',
    'docs/refunds.docx': createDocx('Refunds', ['A refund reaches the card within five working days.']),
    'docs/fees.pdf': createPdf([['Late invoices carry a fee of 2 percent.']], 'Fees'),
    'docs/broken.pdf': 'no',
  })
  const embeddings = createOfflineEmbeddings({ cacheFolder: join(tmpdir(), 'lakedesk-test-models') })
  const index = createLocalIndex({ file: join(folder, 'index.db'), embeddings, log: silentLog })
  onTestFinished(() => index.close())
  const retriever = createRetriever({ index, chain: PRODUCT_DOCS_RAG })
  const best = async (question: string) => (await retriever.retrieve(question))[0]
  const sync = () => syncSource({ index, paths: [join(folder, 'docs')] })

  expect(await sync()).toMatchObject({ added: 4, chunks: 4, embedded: 4, skipped: [{ path: 'broken.pdf' }] })
  expect(await best('How do I reset my password?')).toMatchObject({
    n: 1,
    doc_id: 'account/reset.md',
    url: 'https://docs.example/reset',
    heading_path: ['Reset your password'],
  })
  expect(await best('How do I configure SSO with Azure AD?')).toMatchObject({
    doc_id: 'sso/azure.mdx',
    doc_type: 'sso',
  })
  expect(await best('when do I get my money back')).toMatchObject({ doc_id: 'refunds.docx', title: 'Refunds' })
  expect(await best('fee for paying late')).toMatchObject({ doc_id: 'fees.pdf', title: 'Fees' })

  await writeFiles(folder, { 'docs/account/reset.md': '# Reset your password\n\nAsk an administrator for a link.' })
  await rm(join(folder, 'docs/fees.pdf'))
  expect(await sync()).toMatchObject({ added: 0, changed: 1, removed: 1, unchanged: 2, chunks: 1, embedded: 1 })
  expect((await best('reset password'))?.text).toContain('Ask an administrator')
  const cited = (await retriever.retrieve('fee for paying late')).map((passage) => passage.doc_id)
  expect(cited).not.toContain('fees.pdf')
})
