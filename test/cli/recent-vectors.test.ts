// Texts of a moment ago are embedded once, and only where they are embedded alone.
import { expect, it } from 'vitest'
import { withRecentVectors } from '../../src/cli/recent-vectors.ts'
import { createHashedEmbeddings } from '../platform/local/hashed-embeddings.ts'

function open() {
  const asked: string[][] = []
  const inner = createHashedEmbeddings()
  const state = { failing: false }
  const embeddings = withRecentVectors({
    ...inner,
    embedDocuments: async (texts) => {
      asked.push([...texts])
      return inner.embedDocuments(texts)
    },
    embedQuery: async (text) => {
      asked.push([text])
      if (state.failing) throw new Error('no model')
      return inner.embedQuery(text)
    },
  })
  return { asked, inner, embeddings, state }
}

it('embeds a text once that is asked for alone, by whichever way', async () => {
  const { asked, inner, embeddings } = open()
  const [vector] = await embeddings.embedDocuments(['a'])
  expect(vector).toEqual(await inner.embedQuery('a'))
  expect(await embeddings.embedQuery('a')).toEqual(vector)
  expect(await Promise.all([embeddings.embedQuery('b'), embeddings.embedDocuments(['b'])])).toHaveLength(2)
  expect(asked).toEqual([['a'], ['b']])
})

it('leaves batches as they are, and tries again what failed', async () => {
  const { asked, embeddings, state } = open()
  await embeddings.embedQuery('a')
  await embeddings.embedDocuments(['a', 'b'])
  expect(asked).toEqual([['a'], ['a', 'b']])
  state.failing = true
  await expect(embeddings.embedQuery('c')).rejects.toThrow('no model')
  state.failing = false
  await expect(embeddings.embedQuery('c')).resolves.toHaveLength(32)
})

it('forgets the oldest', async () => {
  const { asked, embeddings } = open()
  for (let n = 0; n < 1100; n++) await embeddings.embedQuery(`text ${n}`)
  await embeddings.embedQuery('text 1099')
  expect(asked).toHaveLength(1100)
  await embeddings.embedQuery('text 0')
  expect(asked).toHaveLength(1101)
})
