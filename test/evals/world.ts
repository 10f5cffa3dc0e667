// What evaluations need to run in a test: the embedded platform and store in memory, a scripted version, and a scripted judge.
import { silentLog } from '../../src/core/log.ts'
import { digestOfCases } from '../../src/evals/eval-set.ts'
import { type EvaluationOptions, evaluateVersion } from '../../src/evals/evaluate.ts'
import type { CaseAnswer, EvalCase, EvalSet } from '../../src/evals/evaluation.ts'
import type { Judge, Scores } from '../../src/evals/judges/judge.ts'
import { createLocalPlatform } from '../../src/platform/local/platform/create-local-platform.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'

export const MODEL = 'ml_catalog.rag_apps.product_docs_rag'

export function toCase(id: string, more: Partial<EvalCase> = {}): EvalCase {
  return {
    id,
    question: `What is ${id}?`,
    expected: `${id} is a thing.`,
    facts: [],
    page: `docs/${id}.md`,
    unanswerable: false,
    tags: [],
    ...more,
  }
}

export function toSet(cases: readonly EvalCase[]): EvalSet {
  return { name: 'sample/questions', digest: digestOfCases(cases), cases }
}

export function setOf(size: number): EvalSet {
  return toSet(Array.from({ length: size }, (_, at) => toCase(`q${String(at + 1).padStart(2, '0')}`)))
}

export function toAnswer(text: string, more: Partial<CaseAnswer> = {}): CaseAnswer {
  return {
    text,
    refused: false,
    cited: ['docs/a.md'],
    passages: [{ chunk_id: 'a#1', doc_id: 'docs/a.md', text: 'Passage of a.' }],
    latencyMs: 120,
    inputTokens: 90,
    outputTokens: 10,
    costUsd: null,
    ...more,
  }
}

export interface World {
  platform: ReturnType<typeof createLocalPlatform>
  store: ReturnType<typeof openSqliteStore>
  /** Questions in the order they were asked. */
  asked: string[]
  evaluate: (more?: Partial<EvaluationOptions> & { version?: string }) => ReturnType<typeof evaluateVersion>
}

const engine = {
  load: async () => {},
  answer: async () => ({}),
}

export function openWorld(files: { platform?: string; store?: string } = {}): World {
  const platform = createLocalPlatform({ file: files.platform ?? ':memory:', log: silentLog, grants: [], ...engine })
  const store = openSqliteStore({ file: files.store ?? ':memory:', log: silentLog })
  const asked: string[] = []
  return {
    platform,
    store,
    asked,
    evaluate: ({ version = '3', ...more } = {}) =>
      evaluateVersion({
        subject: subjectOf(version, async (question) => {
          asked.push(question)
          return toAnswer(`Answer to: ${question}`)
        }),
        set: setOf(6),
        judge: judgeOf(() => ({ faithfulness: { kind: 'score', value: 0.75, rationale: 'Mostly.' } })),
        runs: platform.runs,
        experiment: 'evaluations',
        checkpoints: store.checkpoints,
        log: silentLog,
        signal: new AbortController().signal,
        retryWaitMs: 1,
        ...more,
      }),
  }
}

export function subjectOf(
  version: string,
  answer: EvaluationOptions['subject']['answer'],
): EvaluationOptions['subject'] {
  return {
    model: MODEL,
    version,
    params: { num_results: '5', model: 'llama' },
    promptTemplate: 'Answer from {context}.',
    chainConfig: { name: 'docs', retrieval: { numResults: 5 } },
    answer,
  }
}

export function judgeOf(score: (input: Parameters<Judge['score']>[0]) => Scores, name = 'offline'): Judge {
  return { name, score: async (input) => score(input) }
}

export async function runsOf({ platform }: World) {
  const experimentId = await platform.runs.ensureExperiment('evaluations')
  return platform.runs.searchRuns({ experimentId })
}
