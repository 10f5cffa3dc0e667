// Loads an evaluation set: labelled questions from a JSONL or JSON file, or from a dataset of the tracking server.
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { canonicalJson, digestOf } from '../core/digest.ts'
import { LakedeskError } from '../core/errors.ts'
import type { DatasetRecord, Runs } from '../platform/ports/runs.ts'
import { toCaseFields } from './dataset-record.ts'
import type { EvalCase, EvalSet } from './evaluation.ts'
import { CASE_EXAMPLE, type ParsedCase, parseCase } from './parse-case.ts'
import { LABELLED_EXAMPLE, parseLabelledCase } from './parse-labelled.ts'

const DATASET = 'dataset:'
/** Faults named in one message; the rest are counted. */
const SHOWN_FAULTS = 20

type DocIdOf = (page: string) => string | null

/** How a source is read: what a line means, and what a right one looks like. */
interface Kind {
  parse(value: unknown): ParsedCase
  example: string
  /** What one of them is called. */
  noun: 'question' | 'row'
}

const toQuestions = (docIdOf?: DocIdOf): Kind => ({
  parse: (value) => parseCase(value, docIdOf),
  example: CASE_EXAMPLE,
  noun: 'question',
})
const LABELLED: Kind = { parse: parseLabelledCase, example: LABELLED_EXAMPLE, noun: 'row' }

/** A labelled question as it stands in its source, and where that is, such as `line 7`. */
interface Entry {
  where: string
  value: unknown
}

interface Read {
  entries: Entry[]
  faults: string[]
}

/** `spec` is the path of a file, or `dataset:<name>` for a dataset of the tracking server. Throws EVAL_SET_INVALID. */
export async function readEvalSet(spec: string, from: { runs: Pick<Runs, 'datasets'> }): Promise<EvalSet> {
  if (!spec.startsWith(DATASET)) return loadEvalSet(spec)
  const name = spec.slice(DATASET.length)
  return fromDataset(name, await needDataset(name, from))
}

async function needDataset(name: string, from: { runs: Pick<Runs, 'datasets'> }): Promise<DatasetRecord[]> {
  const records = await from.runs.datasets.read(name)
  if (records) return records
  throw new LakedeskError(
    'EVAL_SET_INVALID',
    `The tracking server has no dataset named "${name}". Check the name, or give the path of a file of questions.`,
  )
}

/**
 * Reads a file of one JSON object a line, or one JSON array. The set is named after the file and its folder. `docIdOf` gives the
 * doc_id of a page where that is not the page's own name. Throws EVAL_SET_INVALID naming the file, each line and each fault.
 */
export async function loadEvalSet(path: string, docIdOf?: DocIdOf): Promise<EvalSet> {
  return loadSet(path, toQuestions(docIdOf))
}

/** Labelled texts: a file of `{text, label}` or `{inputs: {text}, expectations: {label}}`, or `dataset:<name>`. Throws EVAL_SET_INVALID. */
export async function readLabelSet(spec: string, from: { runs: Pick<Runs, 'datasets'> }): Promise<EvalSet> {
  if (!spec.startsWith(DATASET)) return loadSet(spec, LABELLED)
  const name = spec.slice(DATASET.length)
  const records = await needDataset(name, from)
  const entries = records.map((value, at) => ({ where: `record ${at + 1}`, value }))
  return toSet(name, spec, { entries, faults: [] }, LABELLED)
}

/** The same of a text that was read already, such as an artifact of a run. Throws EVAL_SET_INVALID. */
export function parseLabelSet(name: string, text: string): EvalSet {
  return toSet(name, name, readLines(text), LABELLED)
}

async function loadSet(path: string, kind: Kind): Promise<EvalSet> {
  const text = await readText(path, kind)
  const full = resolve(path)
  const read = text.trimStart().startsWith('[') ? readArray(text) : readLines(text)
  return toSet(`${basename(dirname(full))}/${basename(full, extname(full))}`, path, read, kind)
}

/** Records of an MLflow dataset as a set; see `toDatasetRecords` for the way back. Throws EVAL_SET_INVALID. */
export function fromDataset(name: string, records: readonly DatasetRecord[]): EvalSet {
  const entries = records.map((record, at) => ({ where: `record ${at + 1}`, value: toCaseFields(record) }))
  return toSet(name, `dataset:${name}`, { entries, faults: [] }, toQuestions())
}

/** The same for the same cases in any order. */
export function digestOfCases(cases: readonly EvalCase[]): string {
  return digestOf([...cases].sort((a, b) => (a.id < b.id ? -1 : 1)))
}

async function readText(path: string, { example, noun }: Kind): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '')
  } catch (cause) {
    throw new LakedeskError(
      'EVAL_SET_INVALID',
      `The evaluation set ${path} cannot be read. Give the path of a file with one ${noun} a line, such as ${example}.`,
      cause,
    )
  }
}

function readArray(text: string): Read {
  try {
    const values: unknown = JSON.parse(text)
    if (!Array.isArray(values)) return { entries: [], faults: ['the file is not one JSON array'] }
    return { entries: values.map((value: unknown, at) => ({ where: `question ${at + 1}`, value })), faults: [] }
  } catch (cause) {
    return { entries: [], faults: [`the file is not one JSON array: ${cause instanceof Error ? cause.message : ''}`] }
  }
}

function readLines(text: string): Read {
  const read: Read = { entries: [], faults: [] }
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const where = `line ${at + 1}`
    try {
      read.entries.push({ where, value: JSON.parse(line) })
    } catch {
      read.faults.push(`${where}: this is not JSON`)
    }
  }
  return read
}

function toSet(name: string, source: string, read: Read, kind: Kind): EvalSet {
  const { parse } = kind
  const faults = [...read.faults]
  const cases: EvalCase[] = []
  const seen = new Map<string, string>()
  const asked = new Map<string, string>()
  for (const { where, value } of read.entries) {
    const parsed = parse(value)
    if (parsed.kind === 'faults') {
      faults.push(...parsed.faults.map((fault) => `${where}: ${fault}`))
      continue
    }
    const first = seen.get(parsed.case.id)
    if (first) faults.push(`${where}: the id or question "${parsed.case.id}" stands on ${first} already`)
    seen.set(parsed.case.id, first ?? where)
    const words = toWords(parsed.case)
    const same = asked.get(words)
    // Two answers to one question would count as two in every mean and interval.
    if (same && !first) faults.push(`${where}: the same ${kind.noun} stands on ${same} already, under another id`)
    asked.set(words, same ?? where)
    cases.push(parsed.case)
  }
  if (faults.length > 0) throw invalid(source, faults, kind)
  if (cases.length === 0) throw invalid(source, [`it holds no ${kind.noun}`], kind)
  return { name, digest: digestOfCases(cases), cases }
}

/** What is asked, whatever its case and spaces. */
export function toWords({ question, thread = [] }: Pick<EvalCase, 'question' | 'thread'>): string {
  const fold = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
  return canonicalJson([...thread.map(({ role, text }) => [role, fold(text)]), fold(question)])
}

function invalid(source: string, faults: readonly string[], { example, noun }: Kind): LakedeskError {
  const more = faults.length > SHOWN_FAULTS ? `; and ${faults.length - SHOWN_FAULTS} more` : ''
  return new LakedeskError(
    'EVAL_SET_INVALID',
    `The evaluation set ${source} is not usable: ${faults.slice(0, SHOWN_FAULTS).join('; ')}${more}. Each ${noun} looks like ${example}.`,
  )
}
