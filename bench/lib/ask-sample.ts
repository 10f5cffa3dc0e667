// Asks the questions of the sample set through the agent, with the real index and the offline model, and marks the answers.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createAnswerAgent } from '../../src/agent/create-answer-agent.ts'
import { silentLog } from '../../src/core/log.ts'
import { createOfflineEmbeddings } from '../../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalIndex } from '../../src/platform/local/index/local-index.ts'
import { createOfflineChatModel } from '../../src/platform/offline/offline-chat-model.ts'
import { describeChain, PRODUCT_DOCS_RAG } from '../../src/rag/chain.ts'
import { createRetriever } from '../../src/rag/retriever.ts'
import { syncSource } from '../../src/rag/sync.ts'
import { createSearchDocs } from '../../src/tools/search-docs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const SAMPLE = join(root, 'examples', 'tallyport')

const questionSchema = z.object({
  id: z.string(),
  question: z.string(),
  kind: z.enum(['answerable', 'follow_up', 'unanswerable']),
  doc: z.string().nullable(),
  also: z.array(z.string()).default([]),
  facts: z.array(z.string()).default([]),
  thread: z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() })).default([]),
})
export type SampleQuestion = z.infer<typeof questionSchema>

export interface SampleResult extends SampleQuestion {
  text: string
  refused: boolean
  /** Pages cited, best first. */
  cited: string[]
  /** The right page stands among the first three citations. */
  right: boolean
  /** Facts of the question that stand in the answer. */
  factsFound: number
  ms: number
}

export function readSampleQuestions(): SampleQuestion[] {
  const lines = readFileSync(join(SAMPLE, 'questions.jsonl'), 'utf8').trim().split('\n')
  return lines.map((line) => questionSchema.parse(JSON.parse(line)))
}

const plain = (text: string) =>
  text
    .replace(/[*_`|\\]/g, '')
    .replace(/\s+/g, ' ')
    .toLowerCase()

/** Ingests the sample into a temporary index and asks; the order of the results is that of the questions. */
export async function askSample(questions: readonly SampleQuestion[]): Promise<SampleResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sample-'))
  const embeddings = createOfflineEmbeddings({ cacheFolder: join(root, 'node_modules', '.cache', 'lakedesk') })
  const index = createLocalIndex({ file: join(folder, 'index.db'), embeddings, log: silentLog })
  try {
    await syncSource({ index, paths: [join(SAMPLE, 'docs')] })
    const agent = createAnswerAgent({
      model: createOfflineChatModel({ embeddings }),
      tools: [createSearchDocs({ retrieve: createRetriever({ index, chain: PRODUCT_DOCS_RAG }).retrieve })],
      audit: { append: async () => {}, list: async () => [] },
      systemPrompt: PRODUCT_DOCS_RAG.systemPrompt,
      version: describeChain(PRODUCT_DOCS_RAG),
      log: silentLog,
      timeoutMs: 60_000,
    })
    const results: SampleResult[] = []
    for (const asked of questions) {
      const started = performance.now()
      const question = {
        turnId: asked.id,
        user: { id: 'sample', tenant: 'sample', name: 'Sample' },
        thread: `sample:${asked.id}`,
        text: asked.question,
        history: asked.thread,
        signal: new AbortController().signal,
      }
      const { text, refused, citations } = await agent.answer(question, () => {})
      const cited = citations.map((citation) => citation.doc_id)
      const pages = [asked.doc, ...asked.also]
      const factsFound = asked.facts.filter((fact) => plain(text).includes(plain(fact))).length
      const right = cited.slice(0, 3).some((doc) => pages.includes(doc))
      results.push({ ...asked, text, refused, cited, right, factsFound, ms: performance.now() - started })
    }
    return results
  } finally {
    await index.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface SampleMarks {
  /** Share of questions with an answer whose right page stands among the first three citations; at least 0.85. */
  right: number
  /** Share of questions without an answer that were refused; at least 0.9. */
  refused: number
  /** Questions with an answer that were refused; must be 0. */
  wronglyRefused: number
  met: boolean
}

export function markSample(results: readonly SampleResult[]): SampleMarks {
  const answerable = results.filter((result) => result.kind !== 'unanswerable')
  const unanswerable = results.filter((result) => result.kind === 'unanswerable')
  const share = (count: number, of: number) => (of === 0 ? 1 : count / of)
  const right = share(answerable.filter((result) => result.right).length, answerable.length)
  const refused = share(unanswerable.filter((result) => result.refused).length, unanswerable.length)
  const wronglyRefused = answerable.filter((result) => result.refused).length
  return { right, refused, wronglyRefused, met: right >= 0.85 && refused >= 0.9 && wronglyRefused === 0 }
}
