// The 60 questions of the sample, asked of real chains with the offline model, judged offline, and put before the sample's gate.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { createAnswerAgent } from '../../src/agent/create-answer-agent.ts'
import { answerCase } from '../../src/cli/build-agents.ts'
import { silentLog } from '../../src/core/log.ts'
import { compareEvaluations } from '../../src/evals/compare.ts'
import { loadEvalSet } from '../../src/evals/eval-set.ts'
import type { EvalSubject } from '../../src/evals/evaluate.ts'
import type { Evaluation } from '../../src/evals/evaluation.ts'
import { createOfflineJudge } from '../../src/evals/judges/offline-judge.ts'
import { JUDGED_METRICS, MEASURED_METRICS } from '../../src/evals/metrics.ts'
import { createOfflineEmbeddings } from '../../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalIndex } from '../../src/platform/local/index/local-index.ts'
import { createOfflineChatModel } from '../../src/platform/offline/offline-chat-model.ts'
import type { TextEmbeddings } from '../../src/platform/ports/models.ts'
import { judge as judgeByPolicy } from '../../src/promotion/gate.ts'
import { parsePolicy } from '../../src/promotion/policy.ts'
import { describeChain, PRODUCT_DOCS_RAG, type RagChain } from '../../src/rag/chain.ts'
import { createRetriever } from '../../src/rag/retriever.ts'
import { syncSource } from '../../src/rag/sync.ts'
import { createSearchDocs } from '../../src/tools/search-docs.ts'
import { MODEL, openWorld } from './world.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sample = join(root, 'examples', 'tallyport')
const folder = mkdtempSync(join(tmpdir(), 'evaluate-sample-'))
const cacheFolder = join(root, 'node_modules', '.cache', 'lakedesk')
// One thread: other tests run beside this one, and threads that wait for each other would only burn their time.
const embeddings = remember(createOfflineEmbeddings({ cacheFolder, threads: 1 }))
const index = createLocalIndex({ file: join(folder, 'index.db'), embeddings, log: silentLog })
const policy = parsePolicy(JSON.parse(readFileSync(join(sample, 'policy.json'), 'utf8')), 'policy.json')

/** The same vectors, computed once for each text: three versions are asked the same, and mostly answer the same. */
function remember(inner: TextEmbeddings): TextEmbeddings {
  const known = new Map<string, number[] | Float32Array>()
  const embedDocuments = async (texts: string[]) => {
    const missing = [...new Set(texts)].filter((text) => !known.has(text))
    const fresh = await inner.embedDocuments(missing)
    for (const [at, vector] of fresh.entries()) known.set(missing[at] ?? '', vector)
    return texts.map((text) => known.get(text) ?? [])
  }
  const embedQuery = async (text: string) => (await embedDocuments([text]))[0] ?? []
  return { name: inner.name, dimension: inner.dimension, embedDocuments, embedQuery }
}

afterAll(async () => {
  await index.close()
  rmSync(folder, { recursive: true, force: true })
})

function subjectOf(version: string, numResults: number, systemPrompt = PRODUCT_DOCS_RAG.systemPrompt): EvalSubject {
  const retrieval = { ...PRODUCT_DOCS_RAG.retrieval, numResults }
  const chain: RagChain = { ...PRODUCT_DOCS_RAG, version, systemPrompt, retrieval }
  const agent = createAnswerAgent({
    model: createOfflineChatModel({ embeddings }),
    tools: [createSearchDocs({ retrieve: createRetriever({ index, chain }).retrieve })],
    audit: { append: async () => {}, list: async () => [] },
    systemPrompt: chain.systemPrompt,
    version: describeChain(chain),
    log: silentLog,
    timeoutMs: 60_000,
  })
  return {
    model: MODEL,
    version,
    params: { num_results: String(numResults) },
    promptTemplate: chain.systemPrompt,
    chainConfig: chain,
    answer: (question, signal, earlier) => answerCase(agent, question, signal, { input: 0, output: 0 }, earlier),
  }
}

function verdictOf(candidate: Evaluation, champion: Evaluation) {
  const other = { version: champion.version, evaluation: champion }
  return judgeByPolicy(policy.gate, { evaluation: candidate, champion: other, now: Date.now() })
}

describe('the sample', () => {
  it('is evaluated on every metric; one that retrieves too little by a prompt without the refusal fails the gate, an equal one passes', async () => {
    await syncSource({ index, paths: [join(sample, 'docs')] })
    const set = await loadEvalSet(join(sample, 'questions.jsonl'))
    const world = openWorld()
    const evaluate = (subject: EvalSubject) =>
      world.evaluate({ subject, set, judge: createOfflineJudge({ embeddings }), concurrency: 2 })

    const champion = await evaluate(subjectOf('1', 5))
    expect(champion.rows).toHaveLength(60)
    for (const metric of [...JUDGED_METRICS, ...MEASURED_METRICS]) {
      expect(champion.metrics[`${metric}/errors`], metric).toBe(0)
      const scored = champion.rows.filter((row) => row.scores[metric]?.kind === 'score').length
      // The offline model counts no tokens, so they have no cost.
      if (metric !== 'tokens' && metric !== 'cost') expect(scored, metric).toBeGreaterThanOrEqual(30)
    }
    expect(champion.metrics).toMatchObject({ rows: 60, rows_failed: 0, 'refusal_correctness/mean': 1 })

    const worse = await evaluate(
      subjectOf('2', 1, 'Answer the question. Call search-docs before you answer. Be brief.'),
    )
    expect(worse.metrics['refusal_correctness/mean']).toBeLessThan(0.9)
    const recall = compareEvaluations(worse, champion).metrics.find(({ metric }) => metric === 'context_recall')
    expect(recall?.delta.high).toBeLessThan(0)
    expect(verdictOf(worse, champion).verdict).toBe('fail')

    const equal = await evaluate(subjectOf('3', 5))
    expect(compareEvaluations(equal, champion).regressions).toEqual([])
    expect(verdictOf(equal, champion), JSON.stringify(verdictOf(equal, champion).reasons)).toMatchObject({
      verdict: 'pass',
    })
  }, 600_000)
})
