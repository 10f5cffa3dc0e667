// Reads ai_classify: its two kinds of labels, with their limits, and its options.
import type { AiFunctionName, AiLabel, Json } from '../ports/ai-functions.ts'
import { type Arguments, type CallShape, invalid } from './call-shape.ts'
import { readOptions } from './read-options.ts'

const MAX_LABEL = 100
const MAX_DESCRIPTION = 1000
const V1_LABELS = [2, 20] as const
const V2_LABELS = [2, 500] as const

/** ARRAY labels answer as version 1 (a label), JSON labels as version 2, unless the option `version` says otherwise. */
export function readClassify(args: Arguments, fixed?: 1 | 2 | null): CallShape {
  const name = 'ai_classify'
  const options = readOptions(name, args, ['version', 'instructions', 'multilabel'])
  const given = args.get('labels') ?? null
  const version = options.version ?? (Array.isArray(given) ? '1.0' : '2.0')
  if (!/^[12](\.\d)?$/.test(version)) throw invalid(name, `version is "${version}"; give '1.0' or '2.0'`)
  const isFirst = fixed == null ? version.startsWith('1') : fixed === 1
  const multilabel = options.isOn('multilabel')
  if (isFirst && multilabel) throw invalid(name, 'multilabel needs version 2.0: write the labels as JSON text')
  const labels = readLabels(given, isFirst ? V1_LABELS : V2_LABELS)
  const { instructions } = options
  return {
    form: { kind: isFirst ? 'label' : 'labels' },
    with: (content) => ({
      function: name,
      content,
      labels,
      multilabel,
      ...(instructions === undefined ? {} : { instructions }),
    }),
  }
}

function readLabels(given: Json, [min, max]: readonly [number, number]): readonly AiLabel[] {
  const name = 'ai_classify'
  const value = typeof given === 'string' ? parseLabels(given) : given
  if (Array.isArray(value)) return readLabelTexts(name, value, min, max).map((label) => ({ label }))
  if (typeof value !== 'object' || value === null) {
    throw invalid(name, "labels is NULL; give ARRAY('a', 'b') or the JSON text of a list or of an object")
  }
  const labels = readLabelTexts(name, Object.keys(value), min, max)
  return labels.map((label) => {
    const description = value[label]
    if (description === null || description === '') return { label }
    if (typeof description !== 'string') throw invalid(name, `the description of "${label}" is no text`)
    if (description.length > MAX_DESCRIPTION) {
      const why = `the description of "${label}" has ${description.length} characters, at most ${MAX_DESCRIPTION} are taken`
      throw invalid(name, why)
    }
    return { label, description }
  })
}

function parseLabels(text: string): Json {
  try {
    const value = JSON.parse(text) as Json
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below, in one sentence with the other texts that are no list.
  }
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  throw invalid(
    'ai_classify',
    `labels is the text "${shown}", which is no JSON; write '["billing", "technical"]' or '{"billing": "what it means"}'`,
  )
}

/** A list of texts, none empty, none twice, each at most 100 characters. */
export function readLabelTexts(name: AiFunctionName, given: Json, min: number, max: number): readonly string[] {
  if (!Array.isArray(given)) throw invalid(name, "labels is no list; give ARRAY('a', 'b')")
  if (given.length < min || given.length > max) {
    throw invalid(name, `labels has ${given.length} of them; give ${min} to ${max}`)
  }
  const seen = new Set<string>()
  return given.map((label) => {
    if (typeof label !== 'string') throw invalid(name, `the label ${JSON.stringify(label)} is no text`)
    const bare = label.trim()
    if (bare === '') throw invalid(name, 'a label is empty')
    if (label.length > MAX_LABEL) {
      throw invalid(
        name,
        `the label "${label.slice(0, 40)}…" has ${label.length} characters, at most ${MAX_LABEL} are taken`,
      )
    }
    if (seen.has(bare)) throw invalid(name, `the label "${bare}" stands in the list twice`)
    seen.add(bare)
    return label
  })
}
