// Lakedesk's agent over the chat endpoint of the local lakehouse, with the offline model behind it.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createOfflineEmbeddings } from '../../../../src/platform/local/embeddings/offline-embeddings.ts'
import { createOfflineChatModel } from '../../../../src/platform/offline/offline-chat-model.ts'
import { createOpenAiChatModel } from '../../../../src/platform/openai/create-openai-chat-model.ts'
import { createAgentUnderTest } from '../../../agent/agent-under-test.ts'
import { type DatabricksStandIn, startDatabricks } from '../../../stand-ins/databricks.ts'
import type { OpenAiStandIn } from '../../../stand-ins/openai.ts'

const cacheFolder = fileURLToPath(new URL('../../../../node_modules/.cache/lakedesk', import.meta.url))
const embeddings = createOfflineEmbeddings({ cacheFolder })

let lakehouse: DatabricksStandIn
beforeAll(async () => {
  lakehouse = await startDatabricks({ foundation: { chat: createOfflineChatModel({ embeddings }), embeddings } })
})
afterAll(() => lakehouse.close())

it.each([true, false])('a question is searched, answered and cited (streaming: %s)', async (streaming) => {
  const model = createOpenAiChatModel({
    baseUrl: `${lakehouse.host}/serving-endpoints`,
    apiKey: lakehouse.token,
    model: 'databricks-meta-llama-3-3-70b-instruct',
    timeoutMs: 30_000,
    streaming,
  })
  const { ask, queries } = createAgentUnderTest({ baseUrl: lakehouse.host } as OpenAiStandIn, { parts: { model } })
  const { answer, streamed } = await ask('How do I reset my password?')
  expect(answer.refused).toBe(false)
  expect(answer.text).toMatch(/Reset password.*\[1\]/s)
  expect(answer.citations.map(({ doc_id }) => doc_id)).toEqual(['doc-1'])
  expect(queries.length).toBeGreaterThan(0)
  if (streaming) expect(streamed).toBe(answer.text)
})
