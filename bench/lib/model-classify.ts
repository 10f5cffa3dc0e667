// The same sets through a configured model: with the labels alone, and with the nearest labelled rows shown to it.

import { scoreLabels } from '../../src/core/score-labels.ts'
import { createModelEngine } from '../../src/platform/ai/create-model-engine.ts'
import { createOpenAiChatModel, type OpenAiChatOptions } from '../../src/platform/openai/create-openai-chat-model.ts'
import type { AiCall, LabelledRow } from '../../src/platform/ports/ai-functions.ts'
import type { ClassifySet } from './classify-sets.ts'
import { toTable } from './table.ts'

/** Requests at a time. */
const AT_ONCE = 4

export interface ModelClassifying {
  endpoint: OpenAiChatOptions
  /** Of the test part of each set, evenly spread. */
  rows: number
  sets: readonly ClassifySet[]
}

export async function measureModelClassifier({ endpoint, rows, sets }: ModelClassifying): Promise<void> {
  const table: string[][] = []
  for (const set of sets) {
    const test = spread(set.test, rows)
    for (const examples of [[], set.train]) {
      const started = performance.now()
      const { labels, failed, tokens } = await classifyAll(endpoint, set, test, examples)
      const quality = scoreLabels(
        labels,
        test.map(({ label }) => label),
      )
      table.push([
        set.name,
        `${examples.length}`,
        `${test.length}`,
        quality.accuracy.toFixed(3),
        quality.macroF1.toFixed(3),
        `${failed}`,
        `${tokens}`,
        ((performance.now() - started) / 1000).toFixed(1),
      ])
    }
  }
  console.log(`\n${endpoint.model}; a call without an answer counts as wrong.`)
  console.log(toTable(['set', 'labelled rows', 'texts', 'accuracy', 'macro-F1', 'failed', 'tokens', 's'], table))
}

async function classifyAll(
  endpoint: OpenAiChatOptions,
  set: ClassifySet,
  test: readonly LabelledRow[],
  examples: readonly LabelledRow[],
) {
  const signal = new AbortController().signal
  const engine = createModelEngine({
    name: endpoint.model,
    modelFor: (_, sampling) => createOpenAiChatModel({ ...endpoint, ...sampling }).model,
    examples: async () => examples.map((row) => ({ ...row, task: 'category' })),
    price: null,
    timeoutMs: endpoint.timeoutMs,
  })
  await engine.refresh(signal)
  const labels: (string | undefined)[] = []
  let [failed, tokens] = [0, 0]
  for (let from = 0; from < test.length; from += AT_ONCE) {
    const calls = test
      .slice(from, from + AT_ONCE)
      .map(({ text }): AiCall => ({ function: 'ai_classify', content: text, labels: set.labels, multilabel: false }))
    const answers = await Promise.all(calls.map((call) => engine.answer([call], signal)))
    for (const { value, error, usage } of answers.flat()) {
      if (error !== null) failed++
      tokens += usage.inputTokens + usage.outputTokens
      labels.push(Array.isArray(value) && typeof value[0] === 'string' ? value[0] : undefined)
    }
  }
  return { labels, failed, tokens }
}

function spread(rows: readonly LabelledRow[], count: number): LabelledRow[] {
  const step = Math.max(1, rows.length / count)
  return Array.from({ length: Math.min(count, rows.length) }, (_, i) => rows[Math.floor(i * step)]).filter(
    (row) => row !== undefined,
  )
}
