// Classifies texts without a hosted model: by the meaning of the labels, and by labelled rows where there are any.
import type { AiLabel, LabelledRow } from '../../ports/ai-functions.ts'
import type { Predicted, TextClassifier } from '../../ports/classifier.ts'
import type { TextEmbeddings } from '../../ports/models.ts'
import type { OfflineClassifier } from './classify/classifier.ts'
import { decide, undecided } from './classify/decide.ts'
import { type Evidence, toEvidence } from './classify/evidence.ts'
import { GIBBERISH, isGibberish, middleOf } from './classify/gibberish.ts'
import { type Head, type TaughtText, trainHead } from './classify/head.ts'
import { type LabelMeaning, readMeanings } from './classify/label-meanings.ts'
import { rememberEmbeddings } from './classify/memory.ts'
import { mix, toTrust } from './classify/mix.ts'
import { digestOf, latestRows, rowsFor, sameText } from './classify/rows.ts'
import { takeTrained, whyNotTrained } from './classify/trained.ts'
import type { Vector } from './classify/vectors.ts'
import { compareWithLabels, type Likelihoods, toLikelihoods } from './classify/zero-shot.ts'

export type { Classification, ClassifyOptions, OfflineClassifier } from './classify/classifier.ts'

/** Raise it whenever an answer may change: remembered answers of other versions are not used. */
const METHOD_VERSION = 6
/** A trained label may have a name that means nothing, such as `queue_a`: no text of sense is nearer to gibberish than to this by as much as gibberish is. */
const NEAR_TRAINED = 0.15
/** Label sets that stay prepared. */
const PREPARED = 16
/** Texts that are embedded together. */
const AT_ONCE = 256

export interface OfflineClassifierOptions {
  embeddings: TextEmbeddings
  /** Texts per embedding call. More than 1 only for models whose vector of a text does not depend on the others, such as hosted ones. Default: 1. */
  together?: number
  /** Takes the place of what the labels mean wherever `whyNotTrained` gives no reason against it. */
  trained?: TextClassifier | null
}

/** What was read of a batch of texts: vectors, and what the trained classifier says. */
interface Read {
  vectorOf: ReadonlyMap<string, Vector>
  trainedOf: ReadonlyMap<string, Predicted>
}

interface Prepared {
  meanings: LabelMeaning[]
  names: string[][]
  taught: TaughtText[]
  /** Label by text, of rows. */
  known: ReadonlyMap<string, number>
  head: Head | null
  /** How much the head counts. */
  trust: number
  /** Labels of the trained classifier; null where it does not answer. */
  trained: readonly string[] | null
  /** The middle of what means nothing. */
  gibberish: Vector
}

/** The embedding model is MiniLM or any other; thresholds are set for unit vectors of MiniLM. English: texts in other languages get low confidence. */
export function createOfflineClassifier(options: OfflineClassifierOptions): OfflineClassifier {
  const { embeddings, together = 1, trained = null } = options
  const embed = rememberEmbeddings(embeddings, together)
  const ready = new Map<string, Promise<Prepared>>()
  let rows: readonly LabelledRow[] = []
  /** Digests of these rows by the names of the labels: asked for with every call of a statement. */
  const keys = new Map<string, string>()

  const prepare = async (
    labels: readonly AiLabel[],
    instructions: string,
    own: readonly LabelledRow[],
  ): Promise<Prepared> => {
    const meanings = await readMeanings(labels, instructions, embed)
    const names = meanings.map(({ name }) => name)
    const at = new Map(labels.map(({ label }, k) => [label, k]))
    const read = own.map((row) => ({ label: at.get(row.label) ?? 0, text: toEvidence(row.text, names).text }))
    const useful = read.filter(({ text }) => text !== '')
    const vectors = await embed(useful.map(({ text }) => text))
    const taught = useful.map((row, i) => ({ ...row, vector: vectors[i] ?? [] }))
    const answers = trained !== null && whyNotTrained(trained, labels, instructions) === null ? trained : null
    const newer = answers ? await countNewer(taught, labels, answers) : taught.length
    return {
      meanings,
      names,
      taught,
      known: new Map(own.map((row) => [sameText(row.text), at.get(row.label) ?? 0])),
      head: newer > 0 ? await trainHead(taught, meanings) : null,
      trust: toTrust(newer, labels.length, answers !== null),
      trained: answers?.labels ?? null,
      gibberish: middleOf(await embed(GIBBERISH)),
    }
  }
  const prepared = (labels: readonly AiLabel[], instructions: string): Promise<Prepared> => {
    const own = rowsFor(rows, labels)
    const key = digestOf([labels, instructions, own])
    const found = ready.get(key)
    if (found) return found
    const made = prepare(labels, instructions, own)
    // What failed is tried anew.
    made.catch(() => ready.delete(key))
    if (ready.size >= PREPARED) for (const oldest of [...ready.keys()].slice(0, 1)) ready.delete(oldest)
    ready.set(key, made)
    return made
  }
  return {
    name: `offline-classifier-${METHOD_VERSION}(${embeddings.name})`,
    fit(examples) {
      rows = latestRows(examples)
      keys.clear()
    },
    keyPart(labels) {
      const names = JSON.stringify(labels.map(({ label }) => label))
      const found = keys.get(names) ?? digestOf(rowsFor(rows, labels).map(({ text, label }) => [text, label]))
      keys.set(names, found)
      return found
    },
    async classify(texts, labels, { multilabel = false, instructions = '', signal } = {}) {
      signal?.throwIfAborted()
      const state = await prepared(labels, instructions)
      const answers = []
      for (let from = 0; from < texts.length; from += AT_ONCE) {
        const batch = texts
          .slice(from, from + AT_ONCE)
          .map((text) => ({ text, evidence: toEvidence(text, state.names) }))
        const units = batch.flatMap(({ evidence }) =>
          evidence.text === '' ? [] : [evidence.text, ...(multilabel ? evidence.sentences : [])],
        )
        const vectors = await embed(units, signal)
        const said = trained && state.trained ? await trained.classify(units, signal) : []
        const read: Read = {
          vectorOf: new Map(units.map((unit, i) => [unit, vectors[i] ?? []])),
          trainedOf: new Map(said.map((predicted, i) => [units[i] ?? '', predicted])),
        }
        answers.push(...batch.map((one) => answer(one.text, one.evidence, read, state, multilabel)))
      }
      return answers
    },
  }
}

/** Rows that say something else than the trained classifier: it was not trained on these, or did not learn them. */
async function countNewer(
  taught: readonly TaughtText[],
  labels: readonly AiLabel[],
  trained: TextClassifier,
): Promise<number> {
  const said = await trained.classify(taught.map(({ text }) => text))
  return taught.filter(({ label }, i) => said[i]?.label !== labels[label]?.label).length
}

function answer(text: string, evidence: Evidence, read: Read, state: Prepared, multilabel: boolean) {
  const { meanings, known } = state
  const told = known.get(sameText(text))
  if (told !== undefined) {
    const label = meanings[told]?.label ?? ''
    const scores = meanings.map((meaning, k) => ({ label: meaning.label, score: Number(k === told) }))
    return { labels: [label], confidence: 1, scores }
  }
  const whole = evidence.text === '' ? null : judge(evidence.text, read, state)
  if (whole === null) return undecided(meanings)
  const { probabilities, none } = whole
  if (multilabel && evidence.sentences.length > 1) {
    // Each sentence may be about another matter: a label is as likely as its likeliest sentence.
    for (const sentence of evidence.sentences) {
      const own = judge(sentence, read, state)
      if (own === null || own.none > 0.5) continue
      for (let k = 0; k < probabilities.length; k++)
        probabilities[k] = Math.max(probabilities[k] ?? 0, own.probabilities[k] ?? 0)
    }
  }
  return decide({ probabilities, evidence, none, multilabel }, meanings)
}

/** Null where the text means nothing. */
function judge(text: string, { vectorOf, trainedOf }: Read, state: Prepared): Likelihoods | null {
  const { meanings, taught, head, trust, gibberish } = state
  const vector = vectorOf.get(text) ?? []
  const { scores, nearest } = compareWithLabels(text, vector, meanings)
  const unlearned = toLikelihoods(scores, meanings)
  const said = trainedOf.get(text)
  const meant = said && state.trained ? takeTrained(said, state.trained, unlearned, meanings) : unlearned
  const mixed = taught.length > 0 ? mix({ meant: meant.probabilities, taught, head, trust, text, vector }) : null
  const near = Math.max(nearest, mixed?.nearest ?? -1, said ? NEAR_TRAINED : -1)
  if (isGibberish(vector, gibberish, near)) return null
  return mixed ? { probabilities: mixed.probabilities, none: meant.none * (1 - mixed.support) } : meant
}
