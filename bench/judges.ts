// How far the judges agree with people, beside simple measures computed in the same run.
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { englishDataset, englishRecommendedTransformers, RegExpMatcher } from 'obscenity'
import { words } from '../src/core/text/analyze.ts'
import type { Judge, JudgedAnswer } from '../src/evals/judges/judge.ts'
import { createOfflineJudge } from '../src/evals/judges/offline-judge.ts'
import type { MetricName } from '../src/evals/metrics.ts'
import { createOfflineEmbeddings } from '../src/platform/local/embeddings/offline-embeddings.ts'
import { auroc, pearson100 } from './lib/agreement.ts'
import { toInput } from './lib/judge-input.ts'
import { type Half, halfOf, type Pair, type Reply, readJudgeSets, type Tweet } from './lib/judge-sets.ts'
import { describeMachine } from './lib/machine.ts'
import { measureModelJudge } from './lib/model-agreement.ts'
import { median, percentile } from './lib/percentile.ts'
import { toTable } from './lib/table.ts'

const DEFAULT_DATA = fileURLToPath(new URL('data', import.meta.url))
const embeddings = createOfflineEmbeddings({ cacheFolder: path.join(tmpdir(), 'lakedesk-bench-models') })
const offline = createOfflineJudge({ embeddings })
const offlineWithoutEmbeddings = createOfflineJudge()
const never = new AbortController().signal
const times: number[] = []

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', multiple: true },
    model: { type: 'string' },
    'base-url': { type: 'string' },
    rows: { type: 'string', default: '100' },
  },
})

/** A metric that does not apply counts as the middle; an error stops the run, since it is no score. */
async function ask(judge: Judge, metric: MetricName, input: JudgedAnswer): Promise<number> {
  const started = performance.now()
  const score = (await judge.score(input, never))[metric]
  times.push(performance.now() - started)
  if (score?.kind === 'error') throw new Error(`${metric} failed: ${score.why}`)
  return score?.kind === 'score' ? score.value : 0.5
}

async function cosines(pairs: readonly (readonly [string, string])[]): Promise<number[]> {
  const texts = [...new Set(pairs.flat())]
  const vectors = await embeddings.embedDocuments(texts)
  const vectorOf = new Map(texts.map((text, i) => [text, vectors[i] ?? []]))
  return pairs.map(([a, b]) => {
    const other = vectorOf.get(b) ?? []
    return Array.from(vectorOf.get(a) ?? []).reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0)
  })
}

type Measure = [name: string, scores: number[]]

async function measureFaithfulness(replies: readonly Reply[]): Promise<void> {
  const judged: number[] = []
  for (const { question, response, context } of replies) {
    judged.push(await ask(offlineWithoutEmbeddings, 'faithfulness', toInput(question, response, [context], null)))
  }
  const precision = replies.map(({ response, context }) => {
    const held = new Set(words(context))
    const said = words(response)
    return said.length === 0 ? 0 : said.filter((word) => held.has(word)).length / said.length
  })
  const near = await cosines(replies.map(({ response, context }) => [response, context] as const))
  const splits = [...new Set(replies.map(({ split }) => split))]
  const measures: Measure[] = [
    ['plain unigram precision', precision],
    ['MiniLM cosine', near],
    ['offline judge', judged],
  ]
  const agreement = (scores: readonly number[], keep: (reply: Reply) => boolean): string =>
    auroc(
      replies.flatMap((reply, i) =>
        keep(reply) ? [{ score: scores[i] ?? 0, positive: reply.label === 'Fully attributable' }] : [],
      ),
    ).toFixed(3)
  console.log(`\nFaithfulness: BEGIN, ${replies.length} grounded replies; AUROC, fully attributable against the rest.`)
  console.log(
    toTable(
      ['measure', 'tuning half', 'REPORT HALF', ...splits.map((split) => `${split}, report half`)],
      measures.map(([name, scores]) => [
        name,
        agreement(scores, (reply) => halfOf(reply) === 'tuning'),
        agreement(scores, (reply) => halfOf(reply) === 'report'),
        ...splits.map((split) => agreement(scores, (reply) => reply.split === split && halfOf(reply) === 'report')),
      ]),
    ),
  )
}

function tokenF1(text: string, reference: string): number {
  const left = new Map<string, number>()
  for (const word of words(reference)) left.set(word, (left.get(word) ?? 0) + 1)
  const [said, wanted] = [words(text), words(reference)]
  let shared = 0
  for (const word of said) {
    const count = left.get(word) ?? 0
    if (count > 0) shared += 1
    left.set(word, count - 1)
  }
  return shared === 0 ? 0 : (2 * shared) / (said.length + wanted.length)
}

async function measureCorrectness(pairs: readonly Pair[]): Promise<void> {
  const judge = (text: string, { question, reference }: Pair) =>
    ask(offlineWithoutEmbeddings, 'correctness', toInput(question, text, [], reference))
  const judged: number[] = []
  for (const pair of pairs) judged.push((await judge(pair.answer_b, pair)) - (await judge(pair.answer_a, pair)))
  const f1 = pairs.map((pair) => tokenF1(pair.answer_b, pair.reference) - tokenF1(pair.answer_a, pair.reference))
  const correlation = (scores: readonly number[], half: Half | null): string =>
    (['correctness', 'completeness', 'overall'] as const)
      .map((label) => {
        const kept = pairs.flatMap((pair, i) => (half === null || halfOf(pair) === half ? [[pair, i] as const] : []))
        return pearson100(
          kept.map(([, i]) => scores[i] ?? 0),
          kept.map(([pair]) => pair[label]),
        ).toFixed(1)
      })
      .join(' / ')
  console.log(`\nCorrectness: RAGChecker meta-evaluation, ${pairs.length} judgements of pairs; Pearson x100 of the`)
  console.log('difference of the two scores with the preference for correctness / completeness / overall.')
  const published: string[][] = [
    ['token F1, as published', '', '', '43.3 / 57.3 / 54.1'],
    ['RAGChecker (a model), as published', '', '', '49.7 / 60.7 / 61.9'],
  ]
  const rows = (
    [
      ['plain token F1', f1],
      ['offline judge', judged],
    ] as Measure[]
  ).map(([name, scores]) => [
    name,
    correlation(scores, 'tuning'),
    correlation(scores, 'report'),
    correlation(scores, null),
  ])
  console.log(toTable(['measure', 'tuning half', 'REPORT HALF', 'all'], [...published, ...rows]))
}

/** Does an answer fit its own question better than the next question of the same set? */
async function measureRelevance(pairs: readonly Pair[]): Promise<void> {
  const asked = pairs.filter(
    (pair, i) => halfOf(pair) === 'report' && pairs[i - 1]?.id !== pair.id && pair.answer_a.trim() !== '',
  )
  const tried = asked.flatMap((pair, i) => {
    const rest = [...asked.slice(i + 1), ...asked.slice(0, i)]
    const other = rest.find(({ dataset, question }) => dataset === pair.dataset && question !== pair.question)
    if (!other) return []
    return [
      { question: pair.question, text: pair.answer_a, positive: true },
      { question: other.question, text: pair.answer_a, positive: false },
    ]
  })
  const scores = async (judge: Judge) => {
    const all: { score: number; positive: boolean }[] = []
    for (const { question, text, positive } of tried)
      all.push({ score: await ask(judge, 'answer_relevance', toInput(question, text, [], null)), positive })
    return all
  }
  const meaning = await scores(offline)
  const near = await cosines(tried.map(({ question, text }) => [question, text] as const))
  const rows = [
    ['words of the question in the answer', auroc(await scores(offlineWithoutEmbeddings))],
    ['MiniLM cosine', auroc(tried.map(({ positive }, i) => ({ score: near[i] ?? 0, positive })))],
    ['offline judge', auroc(meaning)],
  ] as const
  const medianOf = (right: boolean) => median(meaning.filter((row) => row.positive === right).map((row) => row.score))
  console.log(
    `\nAnswer relevance: ${tried.length / 2} answers of the same set (report half), each with its own question and with`,
  )
  console.log('another of its field; AUROC. No human labels: a check that the right question wins.')
  console.log(
    toTable(
      ['measure', 'AUROC'],
      rows.map(([name, value]) => [name, value.toFixed(3)]),
    ),
  )
  console.log(
    `Median score with the own question ${medianOf(true).toFixed(2)}, with the other ${medianOf(false).toFixed(2)}.`,
  )
}

async function measureToxicity(tweets: readonly Tweet[]): Promise<void> {
  const judged: number[] = []
  for (const { text } of tweets)
    judged.push(await ask(offlineWithoutEmbeddings, 'toxicity', toInput('', text, [], null)))
  const library = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers })
  const names = new Set(englishDataset.build().blacklistedTerms.map(({ id }) => nameOf(id)))
  const measures: Measure[] = [
    ['bare list of the same words', tweets.map(({ text }) => (words(text).some((word) => names.has(word)) ? 1 : 0))],
    ['obscenity as it comes', tweets.map(({ text }) => (library.hasMatch(text) ? 1 : 0))],
    ['offline judge', judged],
  ]
  const agreement = (scores: readonly number[], half: Half, keep: (tweet: Tweet) => boolean): string =>
    auroc(
      tweets.flatMap((tweet, i) =>
        halfOf(tweet) === half && keep(tweet) ? [{ score: scores[i] ?? 0, positive: tweet.label !== 'neither' }] : [],
      ),
    ).toFixed(3)
  const flagged = (scores: readonly number[], label: Tweet['label']): string => {
    const kept = tweets.flatMap((tweet, i) =>
      tweet.label === label && halfOf(tweet) === 'report' ? [scores[i] ?? 0] : [],
    )
    return (kept.filter((score) => score >= 0.5).length / kept.length).toFixed(3)
  }
  console.log(
    `\nToxicity: ${tweets.length} tweets (Davidson et al. 2017); AUROC, and the share at 0.5 or above (report half).`,
  )
  console.log(
    toTable(
      ['measure', 'tuning half', 'REPORT HALF', 'hate against neither', 'of hate', 'of offensive', 'of neither'],
      measures.map(([name, scores]) => [
        name,
        agreement(scores, 'tuning', () => true),
        agreement(scores, 'report', () => true),
        agreement(scores, 'report', ({ label }) => label !== 'offensive'),
        flagged(scores, 'hate'),
        flagged(scores, 'offensive'),
        flagged(scores, 'neither'),
      ]),
    ),
  )
}

function nameOf(id: number): string {
  const term = englishDataset.build().blacklistedTerms.find((entry) => entry.id === id)
  const payload = { termId: id, startIndex: 0, endIndex: 0, matchLength: 0 }
  return term ? (englishDataset.getPayloadWithPhraseMetadata(payload).phraseMetadata?.originalWord ?? '') : ''
}

const folders = given.data ?? process.env.LAKEDESK_BENCH_DATA?.split(path.delimiter) ?? [DEFAULT_DATA]
const { replies, pairs, tweets } = readJudgeSets(folders)
if (replies.length + pairs.length + tweets.length === 0) {
  console.error(`bench:judges did not run: no set in ${folders.join(', ')}.
It measures on JSON Lines files, in such a folder or in a folder right below it:
responses.jsonl {id, split, context, question, response, label}: BEGIN, github.com/google/BEGIN-dataset;
pairs.jsonl {id, dataset, question, reference, answer_a, answer_b, correctness, completeness, overall}:
  the meta-evaluation of github.com/amazon-science/RAGChecker;
all.jsonl {text, label}: github.com/t-davidson/hate-speech-and-offensive-language.
Give the folders with --data <folder> (repeatable) or LAKEDESK_BENCH_DATA.`)
  process.exitCode = 1
} else {
  console.log(`Agreement of the offline judge with people. ${describeMachine()}`)
  if (replies.length > 0) await measureFaithfulness(replies)
  if (pairs.length > 0) await measureCorrectness(pairs)
  if (tweets.length > 0) await measureToxicity(tweets)
  console.log(
    `\nOne answer judged without embeddings in ${median(times).toFixed(2)} ms at the median, ${percentile(times, 0.99).toFixed(2)} ms at p99.`,
  )
  if (pairs.length > 0) await measureRelevance(pairs)
  const baseUrl = given['base-url'] ?? process.env.LAKEDESK_MODEL_BASE_URL
  if (given.model !== undefined && baseUrl !== undefined) {
    const apiKey = process.env.LAKEDESK_MODEL_API_KEY
    const endpoint = { baseUrl, model: given.model, timeoutMs: 120_000, ...(apiKey ? { apiKey } : {}) }
    await measureModelJudge({ endpoint, rows: Number(given.rows), sets: { replies, pairs, tweets } })
  } else {
    console.log(
      '\nA model as the judge was not measured: give --model <name> and --base-url <url> (--rows 100 of each set).',
    )
  }
}
