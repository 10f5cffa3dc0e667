// Answers the AI functions of SQL without a model: by likeness, by patterns and by sentences of the text itself.
import { digestOf } from '../../../core/digest.ts'
import type { AiAnswer, AiCall, AiEngine, AiFunctionName, Json } from '../../ports/ai-functions.ts'
import type { TextClassifier } from '../../ports/classifier.ts'
import type { TextEmbeddings } from '../../ports/models.ts'
import { createRefreshedEngine } from '../../ports/taught-engine.ts'
import { CATEGORY_TASK, sameText, type TaughtRow } from '../../ports/taught-rows.ts'
import { cosine, createEmbedder, type Embedder } from '../embedder.ts'
import { type ChampionClassifier, type ChampionSource, championFor, nameAnswerer } from './champion.ts'
import type { OfflineClassifier } from './classify.ts'
import { readForExtraction } from './extract/extract-fields.ts'
import { type LearnedFields, learnFields } from './extract/learned-fields.ts'
import { learnGazetteer } from './extract/products.ts'
import { fixGrammar } from './fix-grammar.ts'
import { mask } from './mask.ts'
import { analyzeSentiment } from './sentiment/analyze-sentiment.ts'
import { areFeelings, classifySentiment } from './sentiment/classify-sentiment.ts'
import { COMPARED, summarize } from './summarize.ts'
import { readTicketText } from './text/ticket-text.ts'

export interface OfflineEngineOptions {
  /** A new one, taught nothing; `trained` answers in the place of what labels mean. */
  createClassifier: (trained: TextClassifier | null) => OfflineClassifier
  embeddings: TextEmbeddings
  /** What people said of texts, oldest first. */
  examples: () => Promise<readonly TaughtRow[]>
  /** The promoted version of the trained classifier, if there is any. Default: none. */
  champion?: ChampionSource
  /** Names of products and their parts. Others are learned from the labelled texts. */
  gazetteer?: readonly string[]
}

/** Raise it whenever an answer may change: remembered answers of other versions are not used. */
const RULES_VERSION = 2
const BATCH = 64
const NO_USAGE = { inputTokens: 0, outputTokens: 0 }
const NEEDS_MODEL =
  'The offline rules write no text of their own. Set LAKEDESK_MODEL and LAKEDESK_MODEL_BASE_URL to a chat model to use this function; ai_classify, ai_extract and ai_summarize work without one.'
/** What the vectors decide. */
const EMBEDDED: ReadonlySet<AiFunctionName> = new Set(['ai_extract', 'ai_summarize', 'ai_similarity'])

type ClassifyCall = Extract<AiCall, { function: 'ai_classify' }>
type ExtractCall = Extract<AiCall, { function: 'ai_extract' }>

const say = (value: Json, confidence?: AiAnswer['confidence']): AiAnswer => ({
  value,
  error: null,
  ...(confidence === undefined ? {} : { confidence }),
  usage: NO_USAGE,
})
const fail = (error: string): AiAnswer => ({ value: null, error, usage: NO_USAGE })

/** Classified is what the message says: no signature, no history, no sentence that tells a model what to answer. */
function toEvidence(text: string): string {
  return readTicketText(text).sentences.join('\n')
}

async function classifyAll(
  calls: readonly ClassifyCall[],
  classifier: OfflineClassifier,
  taught: (call: ClassifyCall) => boolean,
  signal: AbortSignal,
): Promise<Map<ClassifyCall, AiAnswer>> {
  const groups = new Map<string, ClassifyCall[]>()
  for (const call of calls) {
    const key = JSON.stringify([call.labels, call.multilabel, call.instructions ?? null])
    groups.set(key, [...(groups.get(key) ?? []), call])
  }
  const answers = new Map<ClassifyCall, AiAnswer>()
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined) continue
    const { labels, multilabel, instructions } = first
    const texts = group.map(({ content }) => toEvidence(content))
    const found = await classifier.classify(texts, labels, {
      multilabel,
      signal,
      ...(instructions && { instructions }),
    })
    const feelings = areFeelings(labels) && !multilabel
    for (const [i, call] of group.entries()) {
      const one = found[i]
      const felt = feelings ? classifySentiment(call.content, labels) : null
      const sure = one?.confidence ?? 0
      if (felt !== null && (!taught(call) || felt.confidence > sure))
        answers.set(call, say([felt.label], felt.confidence))
      else answers.set(call, one === undefined ? fail('The classifier gave no answer.') : say(one.labels, sure))
    }
  }
  return answers
}

/** What the labelled rows taught beside the classifier. */
interface Learned {
  /** Of products and their parts. */
  names: readonly string[]
  fields: LearnedFields
}

async function extract(call: ExtractCall, { names, fields }: Learned, signal: AbortSignal): Promise<AiAnswer> {
  const reading = readForExtraction(call.content, names)
  const entries: [string, Json][] = []
  const confidence: [string, number][] = []
  for (const field of call.fields) {
    const found = await fields.extract(call.content, reading, field, signal)
    entries.push([field.name, found.value])
    confidence.push([field.name, Math.round(found.confidence * 100) / 100])
  }
  // A field may be called __proto__.
  return say(Object.fromEntries(entries), Object.fromEntries(confidence))
}

async function answerOne(
  call: Exclude<AiCall, ClassifyCall>,
  learned: Learned,
  embedder: Embedder,
  signal: AbortSignal,
): Promise<AiAnswer> {
  switch (call.function) {
    case 'ai_extract':
      return extract(call, learned, signal)
    case 'ai_summarize':
      return say(await summarize(call.content, call.maxWords, embedder, signal))
    case 'ai_analyze_sentiment': {
      const felt = analyzeSentiment(call.content)
      return felt === null ? say(null) : say(felt.sentiment, felt.confidence)
    }
    case 'ai_similarity': {
      if (call.left === call.right) return say(1)
      const [left = [], right = []] = await embedder.texts([call.left, call.right], signal)
      return say(Math.min(1, Math.max(0, cosine(left, right))))
    }
    case 'ai_mask': {
      const masked = mask(call.content, call.labels)
      return 'error' in masked ? fail(masked.error) : say(masked.text)
    }
    case 'ai_fix_grammar':
      return say(fixGrammar(call.content))
    case 'ai_gen':
    case 'ai_translate':
    case 'ai_query':
      return fail(`${call.function} needs a model. ${NEEDS_MODEL}`)
  }
}

/** Everything that will be compared, embedded together: one by one it takes several times as long. */
async function embedAhead(calls: readonly AiCall[], embedder: Embedder, signal: AbortSignal): Promise<void> {
  const texts = calls.flatMap((call) => {
    if (call.function === 'ai_similarity') return [call.left, call.right]
    return call.function === 'ai_summarize' ? readTicketText(call.content).sentences.slice(0, COMPARED) : []
  })
  if (texts.length > 0) await embedder.texts(texts, signal)
}

interface Taught {
  rows: readonly TaughtRow[]
  champion: ChampionClassifier | null
}

/**
 * An answer depends on its call, and on the labelled rows and the promoted classifier as they were at the `refresh` of its statement. Rejects with
 * EMBEDDINGS_FAILED, and as `examples` and `champion` do.
 */
export function createOfflineEngine(options: OfflineEngineOptions): AiEngine {
  const engine: AiEngine = createRefreshedEngine<Taught>({
    nothing: { rows: [], champion: null },
    async read() {
      const champion = (await options.champion?.()) ?? null
      return { rows: await options.examples(), champion }
    },
    keyOf: ({ rows, champion }) => [rows, champion?.model, champion?.version, champion?.classifier?.digest],
    teach: (taught) => createTaught(taught, options, engine.refresh),
  })
  return engine
}

function createTaught(
  { rows, champion }: Taught,
  { createClassifier, embeddings, gazetteer = [] }: OfflineEngineOptions,
  refresh: AiEngine['refresh'],
): AiEngine {
  const embedder = createEmbedder(embeddings)
  const classifier = createClassifier(champion?.classifier ?? null)
  const categories = rows.filter(({ task }) => task === CATEGORY_TASK)
  classifier.fit(categories.map(({ text, label }) => ({ text: toEvidence(text), label })))
  const labelled = new Set(categories.map(({ label }) => label))
  // One text may be labelled in several tasks.
  const texts = new Map(rows.map(({ text }) => [sameText(text), text]))
  const names = [...new Set([...gazetteer, ...learnGazetteer([...texts.values()])])]
  const learned: Learned = { names, fields: learnFields(rows, embedder) }
  const namesDigest = digestOf(names)
  return {
    modelOf: (call) => nameAnswerer(champion, call),
    refresh,
    keyPart(call) {
      const parts = [`rules-${RULES_VERSION}`]
      if (call.function === 'ai_classify') {
        const trained = championFor(champion, call)
        parts.push(classifier.name, classifier.keyPart(call.labels), ...(trained ? [trained.digest] : []))
      }
      if (call.function === 'ai_extract') parts.push(namesDigest, learned.fields.digest(call.fields))
      if (EMBEDDED.has(call.function)) parts.push(embeddings.name)
      return parts.join(':')
    },
    batch: BATCH,
    async answer(calls, signal) {
      signal.throwIfAborted()
      const classified = await classifyAll(
        calls.filter((call) => call.function === 'ai_classify'),
        classifier,
        (call) => championFor(champion, call) !== null || call.labels.some(({ label }) => labelled.has(label)),
        signal,
      )
      await embedAhead(calls, embedder, signal)
      const answers: AiAnswer[] = []
      for (const call of calls) {
        signal.throwIfAborted()
        if (call.function === 'ai_classify')
          answers.push(classified.get(call) ?? fail('The classifier gave no answer.'))
        else answers.push(await answerOne(call, learned, embedder, signal))
      }
      return answers
    },
    estimate: () => NO_USAGE,
    price: { input: 0, output: 0 },
  }
}
