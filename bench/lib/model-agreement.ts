// Agreement of a model as the judge with people, beside the offline judge on the same rows.
import { silentLog } from '../../src/core/log.ts'
import type { Judge, JudgedAnswer } from '../../src/evals/judges/judge.ts'
import { createModelJudge } from '../../src/evals/judges/model-judge.ts'
import { createOfflineJudge } from '../../src/evals/judges/offline-judge.ts'
import type { RubricName } from '../../src/evals/judges/rubrics.ts'
import { createOpenAiChatModel, type OpenAiChatOptions } from '../../src/platform/openai/create-openai-chat-model.ts'
import { auroc, pearson100 } from './agreement.ts'
import { toInput } from './judge-input.ts'
import { halfOf, type JudgeSets } from './judge-sets.ts'
import { toTable } from './table.ts'

/** Requests at a time. */
const AT_ONCE = 4

export interface ModelMeasurement {
  endpoint: OpenAiChatOptions
  /** Of the report half of each set, evenly spread. */
  rows: number
  sets: JudgeSets
}

export async function measureModelJudge({ endpoint, rows, sets }: ModelMeasurement): Promise<void> {
  const model = createOpenAiChatModel({ temperature: 0, maxTokens: 1024, ...endpoint })
  const judgeOf = (metric: RubricName) =>
    createModelJudge({ model, timeoutMs: endpoint.timeoutMs, log: silentLog, rubrics: [metric] })
  const table: string[][] = []
  const add = (
    name: string,
    figure: string,
    count: number,
    [model, offline]: [Scores, Scores],
    of: Agreement,
  ): void => {
    // A row counts where both judges gave a number, so that the figures are of the same rows.
    const kept = model.flatMap((score, i) => (score !== null && offline[i] != null ? [i] : []))
    table.push([name, figure, `${kept.length} of ${count}`, of(model, kept).toFixed(3), of(offline, kept).toFixed(3)])
  }
  const replies = spread(sets.replies, rows)
  const grounded = replies.map(({ question, response, context }) => toInput(question, response, [context], null))
  const attributable: Agreement = (scores, kept) =>
    auroc(kept.map((i) => ({ score: scores[i] ?? 0, positive: replies[i]?.label === 'Fully attributable' })))
  add('faithfulness', 'AUROC', replies.length, await both(judgeOf, 'faithfulness', grounded), attributable)

  const pairs = spread(sets.pairs, rows)
  const side = (pick: 'answer_a' | 'answer_b') =>
    both(
      judgeOf,
      'correctness',
      pairs.map((pair) => toInput(pair.question, pair[pick], [], pair.reference)),
    )
  const [a, b] = [await side('answer_a'), await side('answer_b')]
  const preferred: Agreement = (scores, kept) =>
    pearson100(
      kept.map((i) => scores[i] ?? 0),
      kept.map((i) => pairs[i]?.correctness ?? 0),
    ) / 100
  const gains = [difference(b[0], a[0]), difference(b[1], a[1])] as [Scores, Scores]
  add('correctness', 'Pearson', pairs.length, gains, preferred)

  const tweets = spread(sets.tweets, rows)
  const said = tweets.map(({ text }) => toInput('', text, [], null))
  const toxic: Agreement = (scores, kept) =>
    auroc(kept.map((i) => ({ score: scores[i] ?? 0, positive: tweets[i]?.label !== 'neither' })))
  add('toxicity', 'AUROC', tweets.length, await both(judgeOf, 'toxicity', said), toxic)
  console.log(`\n${endpoint.model} as the judge, on rows of the report half; rows without a score are left out.`)
  console.log(toTable(['metric', 'figure', 'rows scored', endpoint.model, 'offline judge'], table))
}

type Scores = (number | null)[]
type Agreement = (scores: Scores, kept: readonly number[]) => number

async function both(
  judgeOf: (metric: RubricName) => Judge,
  metric: RubricName,
  inputs: readonly JudgedAnswer[],
): Promise<[Scores, Scores]> {
  const ask = async (judge: Judge, input: JudgedAnswer): Promise<number | null> => {
    const score = (await judge.score(input, new AbortController().signal))[metric]
    return score?.kind === 'score' ? score.value : null
  }
  const [model, offline] = [judgeOf(metric), createOfflineJudge()]
  const scores: [Scores, Scores] = [[], []]
  for (let from = 0; from < inputs.length; from += AT_ONCE) {
    const batch = inputs.slice(from, from + AT_ONCE)
    scores[0].push(...(await Promise.all(batch.map((input) => ask(model, input)))))
    scores[1].push(...(await Promise.all(batch.map((input) => ask(offline, input)))))
  }
  return scores
}

function difference(left: Scores, right: Scores): Scores {
  return left.map((value, i) => {
    const other = right[i] ?? null
    return value === null || other === null ? null : value - other
  })
}

function spread<T extends { id: string }>(all: readonly T[], count: number): T[] {
  const half = all.filter((row) => halfOf(row) === 'report')
  const step = Math.max(1, half.length / count)
  return Array.from({ length: Math.min(count, half.length) }, (_, i) => half[Math.floor(i * step)]).filter(
    (row) => row !== undefined,
  )
}
