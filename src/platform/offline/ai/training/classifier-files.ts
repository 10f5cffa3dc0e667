// The files of a trained classifier: facts and features as JSON, weights as little-endian float32. Written to the byte the same, read with suspicion.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { LakedeskError } from '../../../../core/errors.ts'
import type { LabelledRow } from '../../../ports/ai-functions.ts'
import { CLASSIFIER_FOLDER, HELD_OUT_FILE } from '../../../ports/classifier.ts'
import type { TrainingFile } from '../../../ports/training.ts'
import type { StemTable } from '../classify/stem-features.ts'
import { weightCount } from './linear-head.ts'

export const HEAD_FILE = `${CLASSIFIER_FOLDER}/head.json`
export const WEIGHTS_FILE = `${CLASSIFIER_FOLDER}/weights.f32`
export const MLMODEL_FILE = `${CLASSIFIER_FOLDER}/MLmodel`
export const CARD_FILE = `${CLASSIFIER_FOLDER}/README.md`

const FORMAT = 'lakedesk-ticket-classifier'
const FORMAT_VERSION = 1

const headSchema = z
  .object({
    format: z.literal(FORMAT),
    formatVersion: z.literal(FORMAT_VERSION),
    baseModel: z.string().min(1),
    embeddings: z.object({ name: z.string().min(1), dimension: z.number().int().min(1).max(65_536) }),
    labels: z.array(z.string().min(1)).min(2).max(500),
    /** Factor on the logits. */
    scale: z.number().positive().max(100),
    features: z.array(z.string()).max(100_000),
    rarity: z.array(z.number().positive().max(100)),
    weights: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), count: z.number().int().positive() }),
    training: z.object({
      seed: z.number(),
      epochs: z.number(),
      learningRate: z.number(),
      trainRows: z.number(),
      heldOutRows: z.number(),
    }),
  })
  .refine((head) => new Set(head.labels).size === head.labels.length, 'a label stands twice')
  .refine((head) => head.features.length === head.rarity.length, 'features and their weights differ in number')
  .refine((head) => new Set(head.features).size === head.features.length, 'a feature stands twice')

type HeadFacts = Omit<z.infer<typeof headSchema>, 'format' | 'formatVersion' | 'features' | 'rarity' | 'weights'>

export interface ClassifierParts extends HeadFacts {
  table: StemTable
  weights: Float32Array
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export function writeClassifierFiles(
  { table, weights, ...facts }: ClassifierParts,
  heldOut: readonly LabelledRow[],
  metrics: Readonly<Record<string, number>>,
): TrainingFile[] {
  const bytes = new Uint8Array(weights.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [i, weight] of weights.entries()) view.setFloat32(i * 4, weight, true)
  const head = {
    ...{ format: FORMAT, formatVersion: FORMAT_VERSION, ...facts },
    weights: { sha256: sha256(bytes), count: weights.length },
    ...{ features: table.features, rarity: table.rarity },
  }
  const text = (path: string, content: string): TrainingFile => ({ path, bytes: new TextEncoder().encode(content) })
  return [
    text(MLMODEL_FILE, `${JSON.stringify(toMlModel(facts), null, 2)}\n`),
    text(CARD_FILE, renderCard(facts, metrics)),
    text(HEAD_FILE, `${JSON.stringify(head)}\n`),
    text(HELD_OUT_FILE, heldOut.map(({ text, label }) => `${JSON.stringify({ text, label })}\n`).join('')),
    { path: WEIGHTS_FILE, bytes },
  ]
}

/** What MLflow reads of a model, https://mlflow.org/docs/latest/ml/model/: with it the folder can be registered from its client too. JSON is YAML. */
function toMlModel({ baseModel, embeddings }: HeadFacts): unknown {
  const column = (name: string, type: string) => ({ type, name, required: true })
  return {
    artifact_path: CLASSIFIER_FOLDER,
    flavors: { lakedesk: { format: FORMAT, format_version: FORMAT_VERSION, base_model: baseModel, embeddings } },
    signature: {
      inputs: JSON.stringify([column('text', 'string')]),
      outputs: JSON.stringify([column('label', 'string'), column('confidence', 'double')]),
      params: null,
    },
  }
}

function renderCard(
  { baseModel, embeddings, labels, scale, training }: HeadFacts,
  metrics: Readonly<Record<string, number>>,
): string {
  const figure = (key: string): string => (metrics[key] ?? 0).toFixed(4)
  return `# Ticket classifier

A linear head on ${embeddings.name} embeddings (${embeddings.dimension} numbers) and stemmed words, trained by Lakedesk from \`${baseModel}\`. \`ai_classify\` answers with
the version that has the alias of the policy, wherever it knows every label that is asked for.

| | held-out rows (${training.heldOutRows}) | zero-shot, without training |
|---|---|---|
| macro-F1 | ${figure('macro_f1')} | ${figure('base_macro_f1')} |
| accuracy | ${figure('accuracy')} | ${figure('base_accuracy')} |

Trained on ${training.trainRows} rows: ${training.epochs} epochs, learning rate ${training.learningRate}, seed ${training.seed}. The factor on the logits (${scale}) was set on the held-out rows, which
changes how sure an answer is and never the answer. The same rows and settings give the same bytes.

Labels: ${labels.map((label) => JSON.stringify(label)).join(', ')}.

\`head.json\`: facts, labels, words. \`weights.f32\`: little-endian float32, feature by feature, biases last. \`held-out.jsonl\`: the rows it was measured on.
`
}

function invalid(what: string, cause?: unknown): never {
  throw new LakedeskError(
    'CLASSIFIER_INVALID',
    `The files of this ticket classifier cannot be used: ${what}. Train it again, or promote another version.`,
    cause,
  )
}

/** Throws CLASSIFIER_INVALID; what `read` throws passes through. */
export async function readClassifierFiles(
  read: (path: string) => Promise<Uint8Array | null>,
  embeddings: { name: string; dimension: number },
): Promise<{ parts: ClassifierParts; digest: string }> {
  const [headBytes, weightBytes] = [await read(HEAD_FILE), await read(WEIGHTS_FILE)]
  if (headBytes === null) invalid(`${HEAD_FILE} is missing`)
  if (weightBytes === null) invalid(`${WEIGHTS_FILE} is missing`)
  const parsed = headSchema.safeParse(parseJson(headBytes))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    invalid(
      `${HEAD_FILE} is damaged or of another version (${issue?.path.join('.') || 'whole file'}: ${issue?.message})`,
    )
  }
  const { features, rarity, weights: told, format: _, formatVersion: __, ...facts } = parsed.data
  if (facts.embeddings.name !== embeddings.name || facts.embeddings.dimension !== embeddings.dimension)
    invalid(
      `it was made for the embeddings ${facts.embeddings.name} (${facts.embeddings.dimension} numbers), and ${embeddings.name} (${embeddings.dimension}) are in use`,
    )
  const shape = { labels: facts.labels.length, dense: facts.embeddings.dimension, sparse: features.length }
  const count = weightCount(shape)
  if (told.count !== count || weightBytes.length !== count * 4)
    invalid(`${WEIGHTS_FILE} has ${weightBytes.length} bytes, and ${count * 4} belong there`)
  if (sha256(weightBytes) !== told.sha256) invalid(`${WEIGHTS_FILE} is not what was written: its digest differs`)
  const view = new DataView(weightBytes.buffer, weightBytes.byteOffset, weightBytes.byteLength)
  const weights = Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, true))
  if (!weights.every(Number.isFinite)) invalid(`${WEIGHTS_FILE} holds what is no number`)
  return { parts: { ...facts, table: { features, rarity }, weights }, digest: sha256(headBytes) }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    invalid(`${HEAD_FILE} is no JSON`, error)
  }
}
