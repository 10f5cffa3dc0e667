// Run as another process: writes one document into the index given as argument, and removes another.
import { silentLog } from '../../../src/core/log.ts'
import { createLocalIndex } from '../../../src/platform/local/index/local-index.ts'
import { makeDocument } from '../make-document.ts'
import { createHashedEmbeddings } from './hashed-embeddings.ts'

const index = createLocalIndex({ file: process.argv[2] ?? '', embeddings: createHashedEmbeddings(), log: silentLog })
await index.upsert([makeDocument('from-outside', ['An outsider wrote this.'])])
await index.remove(['page-7'])
await index.close()
