// Labelled questions as records of an MLflow 3 evaluation dataset, there and back.
import type { DatasetRecord } from '../platform/ports/runs.ts'
import type { EvalCase, EvalSet } from './evaluation.ts'

const ID_TAG = 'lakedesk.case'
const TAGS_TAG = 'lakedesk.tags'

/** The records of a set: `fromDataset` of them has the same digest. */
export function toDatasetRecords(set: EvalSet): DatasetRecord[] {
  return set.cases.map(toRecord)
}

function toRecord(one: EvalCase): DatasetRecord {
  return {
    inputs: { question: one.question, ...(one.thread ? { thread: one.thread } : {}) },
    expectations: {
      ...(one.expected === null ? {} : { expected_response: one.expected }),
      ...(one.facts.length > 0 ? { expected_facts: one.facts } : {}),
      ...(one.page === null ? {} : { page: one.page }),
      ...(one.also ? { also: one.also } : {}),
      ...(one.unanswerable ? { unanswerable: true } : {}),
    },
    tags: { [ID_TAG]: one.id, ...(one.tags.length > 0 ? { [TAGS_TAG]: JSON.stringify(one.tags) } : {}) },
  }
}

/**
 * The fields of a line of a file, unchecked. Understands `inputs.question`, or `inputs.messages` whose last one is the question, and
 * the expectations of MLflow's own judges: expected_response, expected_facts, expected_retrieved_context.
 */
export function toCaseFields(record: DatasetRecord): Record<string, unknown> {
  const { inputs, expectations, tags } = record
  const messages = Array.isArray(inputs.messages) ? [...(inputs.messages as unknown[])] : []
  const last = messages.pop()
  const [first, ...others] = contextPages(expectations.expected_retrieved_context)
  const also = expectations.also ?? (others.length > 0 ? others : undefined)
  return {
    id: tags[ID_TAG],
    question: inputs.question ?? contentOf(last),
    thread: inputs.thread ?? (messages.length > 0 ? messages : undefined),
    expected: expectations.expected_response,
    facts: expectations.expected_facts,
    page: expectations.page ?? first,
    also,
    unanswerable: expectations.unanswerable,
    tags: parseTags(tags[TAGS_TAG]),
  }
}

function contentOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'content' in message ? message.content : undefined
}

function contextPages(context: unknown): string[] {
  if (!Array.isArray(context)) return []
  return context.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'doc_uri' in item && typeof item.doc_uri === 'string'
      ? [item.doc_uri]
      : [],
  )
}

function parseTags(value: string | undefined): unknown {
  if (value === undefined) return undefined
  try {
    return JSON.parse(value)
  } catch {
    return [value]
  }
}
