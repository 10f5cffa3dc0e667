// Asks a chat model for ai_classify and ai_analyze_sentiment: only what stands in the list comes out.
import { z } from 'zod'
import type { AiCall, Json, LabelledRow } from '../ports/ai-functions.ts'
import { createFence, FENCE_RULE } from './fence.ts'
import {
  countTokens,
  type ModelTask,
  matchOption,
  parseAnswer,
  quote,
  shortenExample,
  UnusableAnswer,
} from './model-task.ts'

type Classify = Extract<AiCall, { function: 'ai_classify' }>

const answerSchema = z.union([
  z.object({ labels: z.array(z.string()).nullable(), sure: z.unknown().optional() }),
  z
    .object({ labels: z.string(), sure: z.unknown().optional() })
    .transform(({ labels, sure }) => ({ labels: [labels], sure })),
  z
    .object({ label: z.string().nullable(), sure: z.unknown().optional() })
    .transform(({ label, sure }) => ({ labels: label === null ? [] : [label], sure })),
])
const sureSchema = z.number().min(0).max(1)

/** `sure` is the model's own word for how sure it is, and nothing that was measured. */
export function toClassifyTask(call: Classify, examples: readonly LabelledRow[]): ModelTask {
  const names = call.labels.map(({ label }) => label)
  const fence = createFence(call.content, ...examples.flatMap(({ text, label }) => [text, label]))
  const list = call.labels.map(
    ({ label, description }) => `- ${JSON.stringify(label)}${description ? `: ${description}` : ''}`,
  )
  const choose = call.multilabel
    ? 'Choose every label that applies, written exactly as in the list.'
    : 'Choose the one label that fits best, written exactly as in the list.'
  const system = [
    `You sort a text under labels. ${choose} If none can be decided, choose none.`,
    `Labels:\n${list.join('\n')}`,
    ...(call.instructions ? [`Instructions:\n${call.instructions}`] : []),
    FENCE_RULE,
    'Reply with one JSON object and nothing else: {"labels": [the chosen labels, or none], "sure": a number from 0 to 1}',
  ]
  const shown = examples.map(
    ({ text, label }) =>
      `${fence('EXAMPLE', shortenExample(text))}\nA person sorted it under ${JSON.stringify(label)}.`,
  )
  const longest = Math.max(...names.map(countTokens))
  return {
    system: system.join('\n\n'),
    human: [...shown, fence('TEXT', call.content), 'Sort the TEXT.'].join('\n\n'),
    format: { name: 'labels', schema: toSchema(names) },
    maxTokens: 30 + (call.multilabel ? names.reduce((sum, name) => sum + countTokens(name) + 4, 0) : longest * 2),
    read: (text) => readLabels(call, names, text),
  }
}

function toSchema(names: readonly string[]): Json {
  return {
    type: 'object',
    properties: {
      labels: { type: 'array', items: { type: 'string', enum: [...names] } },
      sure: { type: 'number' },
    },
    required: ['labels', 'sure'],
    additionalProperties: false,
  }
}

function readLabels({ multilabel }: Classify, names: readonly string[], text: string): ReturnType<ModelTask['read']> {
  const parsed = answerSchema.safeParse(parseAnswer(text))
  if (!parsed.success) throw new UnusableAnswer('The model answered JSON without labels.')
  const given = parsed.data.labels ?? []
  const labels = given.map((label) => {
    const name = matchOption(label, names)
    if (name === null) throw new UnusableAnswer(`The model answered ${quote(label)}, which is none of the labels.`)
    return name
  })
  const chosen = [...new Set(labels)]
  if (!multilabel && chosen.length > 1)
    throw new UnusableAnswer(`The model answered ${chosen.length} labels instead of one.`)
  const sure = sureSchema.safeParse(parsed.data.sure).data
  return { value: chosen, ...(sure === undefined ? {} : { confidence: sure }) }
}

const SENTIMENTS = ['positive', 'negative', 'neutral', 'mixed']
const sentimentSchema = z.object({ sentiment: z.string().nullable() })

export function toSentimentTask(content: string): ModelTask {
  const fence = createFence(content)
  const form = `{"sentiment": "positive", "negative", "neutral" or "mixed"; null where it cannot be told}`
  return {
    system: `You tell the sentiment of a text.\n\n${FENCE_RULE}\n\nReply with one JSON object and nothing else: ${form}`,
    human: `${fence('TEXT', content)}\n\nTell the sentiment of the TEXT.`,
    format: {
      name: 'sentiment',
      schema: {
        type: 'object',
        properties: { sentiment: { type: ['string', 'null'], enum: [...SENTIMENTS, null] } },
        required: ['sentiment'],
        additionalProperties: false,
      },
    },
    maxTokens: 30,
    read(text) {
      const parsed = sentimentSchema.safeParse(parseAnswer(text))
      if (!parsed.success) throw new UnusableAnswer('The model answered JSON without a sentiment.')
      const { sentiment } = parsed.data
      if (sentiment === null) return { value: null }
      const value = matchOption(sentiment, SENTIMENTS)
      if (value === null) throw new UnusableAnswer(`The model answered ${quote(sentiment)}, which is no sentiment.`)
      return { value }
    },
  }
}
