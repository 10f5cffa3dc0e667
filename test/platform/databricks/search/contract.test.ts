// The contract of the index over the wire: Delta Sync on both kinds of endpoints, and Direct Access.
import { afterAll, beforeAll } from 'vitest'
import { describeVectorIndex } from '../../index-contract.ts'
import { type OpenSearch, openSearch } from './index-under-test.ts'

let search: OpenSearch

beforeAll(async () => {
  search = await openSearch()
})
afterAll(() => search?.close())

// The models of a workspace give vectors of other lengths, and their indexes do not tell how long.
const FLAGS = { unitVectors: false, tellsDimension: false }

describeVectorIndex('Delta Sync on a standard endpoint', () => search.newDelta(), FLAGS)
describeVectorIndex(
  'Delta Sync on a storage-optimized endpoint',
  () => search.newDelta({ type: 'STORAGE_OPTIMIZED' }),
  FLAGS,
)
describeVectorIndex('Direct Access', () => search.newDirect(), FLAGS)
