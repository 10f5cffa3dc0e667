// How right the offline AI functions are on the sample's tickets and reviews, which a person read before.
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { createOfflineEmbeddings } from '../src/platform/local/embeddings/offline-embeddings.ts'
import { createOfflineClassifier } from '../src/platform/offline/ai/classify.ts'
import { createOfflineEngine } from '../src/platform/offline/ai/create-offline-engine.ts'
import { countWords } from '../src/platform/offline/ai/summarize.ts'
import type { AiAnswer, AiCall, LabelledRow } from '../src/platform/ports/ai-functions.ts'
import { ticketPlanSchema } from '../src/tickets/ticket-plan.ts'
import { describeMachine } from './lib/machine.ts'
import { toTable } from './lib/table.ts'

const sample = fileURLToPath(new URL('../examples/tallyport', import.meta.url))
const read = (name: string) => readFileSync(path.join(sample, name), 'utf8')
const lines = (name: string): Record<string, string | null>[] =>
  read(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

const tickets: { ticket_id: string; ticket_text: string }[] = parse(read('tickets.csv'), { columns: true })
const goldOf = new Map(lines('tickets-gold.jsonl').map((row) => [row.ticket_id, row]))
const plan = ticketPlanSchema.parse(JSON.parse(read('tickets.json')))
const labels = Object.entries(plan.labels).map(([label, description]) => ({ label, description }))
/** What was sent twice would be known from the other half: each text counts once. */
const distinct = [...new Map(tickets.map((ticket) => [ticket.ticket_text, ticket])).values()]
const embeddings = createOfflineEmbeddings({ cacheFolder: path.join(tmpdir(), 'lakedesk-bench-models') })
const never = new AbortController().signal

async function answer(calls: readonly AiCall[], examples: readonly LabelledRow[] = []): Promise<AiAnswer[]> {
  const engine = createOfflineEngine({
    createClassifier: () => createOfflineClassifier({ embeddings }),
    embeddings,
    examples: async () => examples.map((row) => ({ ...row, task: 'category' })),
  })
  await engine.refresh(never)
  const answers: AiAnswer[] = []
  for (let at = 0; at < calls.length; at += engine.batch) {
    answers.push(...(await engine.answer(calls.slice(at, at + engine.batch), never)))
  }
  return answers
}

const percent = (share: number) => `${(share * 100).toFixed(1)}%`
const same = (a: unknown, b: unknown) => String(a ?? '').toLowerCase() === String(b ?? '').toLowerCase()

function macroF1(pairs: readonly (readonly [wanted: string, given: string])[]): number {
  const classes = [...new Set(pairs.map(([wanted]) => wanted))]
  const scores = classes.map((one) => {
    const hits = pairs.filter(([wanted, given]) => wanted === one && given === one).length
    const all = pairs.filter(([wanted]) => wanted === one).length + pairs.filter(([, given]) => given === one).length
    return all === 0 ? 0 : (2 * hits) / all
  })
  return scores.reduce((a, b) => a + b, 0) / scores.length
}

const rows: string[][] = []
const add = (what: string, pairs: readonly (readonly [string, string])[]) => {
  const right = pairs.filter(([wanted, given]) => same(wanted, given)).length
  rows.push([what, String(pairs.length), percent(right / pairs.length), macroF1(pairs).toFixed(3)])
}

const started = performance.now()
const toClassify =
  (withDescriptions: boolean) =>
  (ticket: { ticket_text: string }): AiCall => ({
    function: 'ai_classify',
    content: ticket.ticket_text,
    labels: labels.map(({ label, description }) => (withDescriptions ? { label, description } : { label })),
    multilabel: false,
  })
const category = (ticket: { ticket_id: string }) => goldOf.get(ticket.ticket_id)?.category ?? ''
const chosen = (
  { value }: AiAnswer | undefined = { value: [], error: null, usage: { inputTokens: 0, outputTokens: 0 } },
) => (Array.isArray(value) ? String(value[0] ?? 'none') : 'none')

for (const withDescriptions of [false, true]) {
  const answers = await answer(distinct.map(toClassify(withDescriptions)))
  const name = withDescriptions ? 'category, labels described as in tickets.json' : 'category, names of labels alone'
  add(
    name,
    distinct.map((ticket, i) => [category(ticket), chosen(answers[i])]),
  )
}
// The first eight days are labelled, the others are asked. Tickets made of the same sentences stand on both sides.
const half = distinct.filter((_, i) => i < distinct.length * 0.6)
const rest = distinct.slice(half.length)
const taught = await answer(
  rest.map(toClassify(true)),
  half.map((ticket) => ({ text: ticket.ticket_text, label: category(ticket) })),
)
add(
  `category, with the first ${half.length} tickets labelled`,
  rest.map((ticket, i) => [category(ticket), chosen(taught[i])]),
)

const fields = Object.entries(plan.fields).map(([name, { type, ...rest }]) => ({ name, type, ...rest }))
const extracted = await answer(
  distinct.map(({ ticket_text }) => ({
    function: 'ai_extract' as const,
    content: ticket_text,
    fields,
    citations: false,
    confidenceScores: false,
  })),
)
for (const { name } of fields) {
  const pairs = distinct.map((ticket, i) => {
    const value = extracted[i]?.value
    const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : null
    return [
      String(goldOf.get(ticket.ticket_id)?.[name] ?? '').toLowerCase(),
      String(given ?? '').toLowerCase(),
    ] as const
  })
  add(name, pairs)
}
const reviews = lines('reviews.jsonl')
const felt = await answer(
  reviews.map(({ review_text }) => ({ function: 'ai_analyze_sentiment' as const, content: review_text ?? '' })),
)
add(
  'sentiment of the reviews',
  reviews.map(({ sentiment }, i) => [sentiment ?? '', String(felt[i]?.value)]),
)
const summaries = await answer(
  distinct.map(({ ticket_text }) => ({ function: 'ai_summarize' as const, content: ticket_text, maxWords: 50 })),
)
const lengths = summaries.map(({ value }) => (typeof value === 'string' ? countWords(value) : 0))

console.log(`${describeMachine()}\n`)
console.log(toTable(['What', 'Texts', 'Right', 'Macro-F1'], rows))
const over = lengths.filter((length) => length > 50).length
const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length
console.log(`\nSummaries of at most 50 words: ${over} of ${lengths.length} over, ${mean.toFixed(1)} words on average.`)
console.log(`${((performance.now() - started) / 1000).toFixed(1)} seconds in all.`)
console.log('The rules of the fields were written with these tickets in sight: expect less on tickets of another desk.')
