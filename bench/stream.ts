// Time to the first word a person sees, beside a direct streaming call of the official client to the same endpoint.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import OpenAI from 'openai'
import { z } from 'zod'
import { createAnswerAgent } from '../src/agent/create-answer-agent.ts'
import { silentLog } from '../src/core/log.ts'
import { createOfflineEmbeddings } from '../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalIndex } from '../src/platform/local/index/local-index.ts'
import { createOpenAiChatModel } from '../src/platform/openai/create-openai-chat-model.ts'
import { describeChain, PRODUCT_DOCS_RAG } from '../src/rag/chain.ts'
import { createRetriever } from '../src/rag/retriever.ts'
import { syncSource } from '../src/rag/sync.ts'
import { createSearchDocs } from '../src/tools/search-docs.ts'
import { type Script, startOpenAiStandIn } from '../test/stand-ins/openai.ts'
import { describeMachine } from './lib/machine.ts'
import { median, percentile } from './lib/percentile.ts'
import { toTable } from './lib/table.ts'

const LIMIT_MS = 50
const WARM_UP = 10
const MODEL = 'scripted'
const SAMPLE = fileURLToPath(new URL('../examples/tallyport/', import.meta.url))
const questionSchema = z.object({ question: z.string(), kind: z.string() })

/** Answers the tool request at once; the answer itself begins after a wait and comes 4 characters at a time. */
function createScript(firstTokenMs: number): Script {
  return ({ messages }) => {
    const last = messages.at(-1)
    if (last?.role === 'user') {
      return { toolCalls: [{ name: 'search-docs', arguments: { query: String(last.content) } }] }
    }
    return { text: 'Open the settings and choose the entry [1].', delayMs: firstTokenMs, pieceDelayMs: 2 }
  }
}

async function measureDirect(client: OpenAI, messages: OpenAI.ChatCompletionMessageParam[]): Promise<number> {
  const begin = performance.now()
  let first = Number.NaN
  for await (const chunk of await client.chat.completions.create({ model: MODEL, messages, stream: true })) {
    if (Number.isNaN(first) && chunk.choices[0]?.delta.content) first = performance.now() - begin
  }
  return first
}

async function measureAgent(
  agent: ReturnType<typeof createAnswerAgent>,
  text: string,
  turnId: string,
): Promise<number> {
  const begin = performance.now()
  let first = Number.NaN
  const question = {
    turnId,
    user: { id: 'U1', tenant: 'T1' },
    thread: turnId,
    text,
    history: [],
    signal: new AbortController().signal,
  }
  await agent.answer(question, (event) => {
    if (Number.isNaN(first) && event.kind === 'text') first = performance.now() - begin
  })
  return first
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { n: { type: 'string', default: '200' }, wait: { type: 'string', default: '20' } },
  })
  const [n, wait] = [Number(values.n), Number(values.wait)]
  const scratch = mkdtempSync(path.join(tmpdir(), 'lakedesk-stream-'))
  const embeddings = createOfflineEmbeddings({ cacheFolder: path.join(tmpdir(), 'lakedesk-bench-models') })
  const index = createLocalIndex({ file: path.join(scratch, 'index.db'), embeddings, log: silentLog })
  const endpoint = await startOpenAiStandIn(createScript(wait))
  try {
    const { documents, chunks } = await syncSource({ index, paths: [path.join(SAMPLE, 'docs')] }).then(() =>
      index.describe(),
    )
    const questions = readFileSync(path.join(SAMPLE, 'questions.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => questionSchema.parse(JSON.parse(line)))
      .filter(({ kind }) => kind === 'answerable')
    const retriever = createRetriever({ index, chain: PRODUCT_DOCS_RAG })
    let searchMs: number[] = []
    const agent = createAnswerAgent({
      model: createOpenAiChatModel({ baseUrl: endpoint.baseUrl, model: MODEL, timeoutMs: 10_000 }),
      tools: [
        createSearchDocs({
          retrieve: async (query, options) => {
            const begin = performance.now()
            const found = await retriever.retrieve(query, options)
            searchMs.push(performance.now() - begin)
            return found
          },
        }),
      ],
      audit: { append: async () => {}, list: async () => [] },
      systemPrompt: PRODUCT_DOCS_RAG.systemPrompt,
      version: describeChain(PRODUCT_DOCS_RAG),
      log: silentLog,
      timeoutMs: 10_000,
    })
    const client = new OpenAI({ baseURL: endpoint.baseUrl, apiKey: 'none', maxRetries: 0 })
    const direct: number[] = []
    const ours: number[] = []
    for (let i = -WARM_UP; i < n; i++) {
      const { question = '' } = questions[(i + WARM_UP) % questions.length] ?? {}
      if (i === 0) searchMs = []
      // In turn, so that whatever else the machine does falls on both alike.
      const mine = await measureAgent(agent, question, `turn-${i}`)
      const sent = endpoint.requests.at(-1)?.messages as OpenAI.ChatCompletionMessageParam[]
      const theirs = await measureDirect(client, sent)
      endpoint.requests.length = 0
      if (i < 0) continue
      ours.push(mine)
      direct.push(theirs)
    }
    const added = ours.map((value, i) => value - (direct[i] ?? 0))
    const row = (name: string, all: readonly number[]): string[] => [
      name,
      String(all.length),
      ...[median(all), percentile(all, 0.99)].map((value) => value.toFixed(1)),
    ]
    console.log(`${describeMachine()}
Data: examples/tallyport, ${documents} pages, ${chunks} chunks, ${embeddings.name}; ${questions.length} questions in turn

The scripted endpoint on loopback answers the tool request at once and begins the answer after ${wait} ms, so what is added
is our own: the agent, a second round trip, and a real hybrid search. A real model also takes its time to ask for the search.
`)
    console.log(
      toTable(
        ['Time to first word, ms', 'n', 'median', 'p99'],
        [
          row('direct call, official client, same messages', direct),
          row('agent: tool call, search, first safe word', ours),
          row('added', added),
          row('of which search', searchMs),
        ],
      ),
    )
    const met = median(added) <= LIMIT_MS
    console.log(
      `\nAdded at the median: ${median(added).toFixed(1)} ms; at most ${LIMIT_MS} ms wanted: ${met ? 'met' : 'MISSED'}`,
    )
    if (!met) process.exitCode = 1
  } finally {
    await endpoint.close()
    await index.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

await main()
