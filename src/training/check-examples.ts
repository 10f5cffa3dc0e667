// Counts and checks a data set before anybody pays for it: what is left out is counted, what cannot be trained on is said.
import {
  answerOf,
  digestOfExamples,
  type Example,
  type ExampleKind,
  estimateTokens,
  questionOf,
  textsOf,
} from './example.ts'
import { eachPaced } from './paced.ts'

/** What a source gave. */
export interface RawData {
  /** As people know it: `corrections`, a table, a file. */
  name: string
  examples: readonly Example[]
  /** Lines or rows that cannot be read, by their number from 1. */
  broken: readonly { line: number; why: string }[]
  /** Sentences about where it comes from. */
  notes: readonly string[]
}

export interface CheckedData {
  name: string
  kind: ExampleKind
  /** Those to train and measure on: each question once. */
  examples: readonly Example[]
  /** Over `examples`. */
  digest: string
  /** Read at first. */
  rows: number
  /** Left out: the same question and answer again; texts with two answers; without a text; above MAX_TOKENS. */
  leftOut: { duplicates: number; conflicts: number; empty: number; tooLong: number }
  /** Estimate over `examples`. */
  tokens: number
  /** Count by label, most frequent first; empty where there are no labels. */
  labels: readonly { label: string; count: number }[]
  notes: readonly string[]
}

/** Estimated tokens of one example; what is longer is cut by most base models without a word. */
export const MAX_TOKENS = 8_192
/** Lines of a file at most: beyond it the memory of this process is at stake. */
export const MAX_ROWS = 500_000
export const MIN_ROWS: Readonly<Record<ExampleKind, number>> = { labelled: 20, instruction: 10, chat: 10 }
/** Beyond it a label is a text of its own. */
const MAX_LABELS = 500
const SHOWN_LINES = 5

/** A string is the sentence why it cannot be trained on. Throws the reason of the signal. */
export async function checkExamples(raw: RawData, signal?: AbortSignal): Promise<CheckedData | string> {
  const { name, examples, broken } = raw
  if (broken.length > 0) return describeBroken(name, broken)
  const first = examples[0]
  if (!first) return `${name} holds no example. ${raw.notes.join(' ')}`.trim()
  const { kind } = first
  const other = examples.findIndex((example) => example.kind !== kind)
  if (other >= 0) {
    return `${name} mixes kinds of examples: the first is of kind ${kind}, number ${other + 1} of kind ${examples[other]?.kind}. Split it into one data set of each kind.`
  }
  const { kept, leftOut } = await sift(examples, signal)
  const labels = kind === 'labelled' ? countLabels(kept) : []
  const why = whyTooLittle(name, kind, kept, leftOut, labels)
  if (why !== null) return why
  return {
    name,
    kind,
    examples: kept,
    digest: await digestOfExamples(kept, signal),
    rows: examples.length,
    leftOut,
    tokens: kept.reduce((sum, example) => sum + estimateTokens(example), 0),
    labels,
    notes: raw.notes,
  }
}

/** Of one question. */
interface Asked {
  first: Example
  count: number
  /** True where two answers differ. */
  differs: boolean
}

async function sift(
  examples: readonly Example[],
  signal: AbortSignal | undefined,
): Promise<{ kept: Example[]; leftOut: CheckedData['leftOut'] }> {
  const leftOut = { duplicates: 0, conflicts: 0, empty: 0, tooLong: 0 }
  const byQuestion = new Map<string, Asked>()
  const count = (example: Example): void => {
    if (textsOf(example).some((text) => text.trim() === '')) leftOut.empty++
    else if (estimateTokens(example) > MAX_TOKENS) leftOut.tooLong++
    else {
      const question = questionOf(example)
      const asked = byQuestion.get(question)
      if (!asked) byQuestion.set(question, { first: example, count: 1, differs: false })
      else {
        asked.count++
        if (answerOf(asked.first) !== answerOf(example)) asked.differs = true
      }
    }
  }
  await eachPaced(examples, count, signal)
  const kept: Example[] = []
  for (const asked of byQuestion.values()) {
    if (asked.differs) leftOut.conflicts += asked.count
    else {
      kept.push(asked.first)
      leftOut.duplicates += asked.count - 1
    }
  }
  return { kept, leftOut }
}

function countLabels(examples: readonly Example[]): { label: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const example of examples) counts.set(answerOf(example), (counts.get(answerOf(example)) ?? 0) + 1)
  return [...counts]
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1))
}

function whyTooLittle(
  name: string,
  kind: ExampleKind,
  kept: readonly Example[],
  leftOut: CheckedData['leftOut'],
  labels: CheckedData['labels'],
): string | null {
  const least = MIN_ROWS[kind]
  if (kept.length < least) {
    const less = describeLeftOut(leftOut)
    return `${name} holds ${kept.length} examples that can be used${less === '' ? '' : ` (left out: ${less})`}, and a training needs at least ${least}. Add more and ask again.`
  }
  if (kind !== 'labelled') return null
  if (labels.length < 2) {
    return `Every example of ${name} has the label ${labels[0]?.label ?? '?'}, so there is nothing to tell apart. Add examples of at least one other label.`
  }
  if (labels.length > MAX_LABELS)
    return `${name} has ${labels.length} labels, and at most ${MAX_LABELS} can be learned. Is its column of labels the right one?`
  return null
}

/** `3 duplicates, 2 with two answers`; empty where nothing was left out. */
export function describeLeftOut({ duplicates, conflicts, empty, tooLong }: CheckedData['leftOut']): string {
  const parts = [
    duplicates > 0 ? `${duplicates} duplicate${duplicates === 1 ? '' : 's'}` : '',
    conflicts > 0 ? `${conflicts} of texts with two different answers` : '',
    empty > 0 ? `${empty} with an empty text` : '',
    tooLong > 0 ? `${tooLong} longer than about ${MAX_TOKENS.toLocaleString('en-US')} tokens` : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function describeBroken(name: string, broken: RawData['broken']): string {
  const shown = broken.slice(0, SHOWN_LINES).map(({ line, why }) => `line ${line}: ${why}`)
  const more = broken.length > SHOWN_LINES ? `; and ${broken.length - SHOWN_LINES} more lines` : ''
  return `${name} cannot be read whole (${shown.join('; ')}${more}). Correct these lines and ask again.`
}
