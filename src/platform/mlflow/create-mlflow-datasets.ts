// Evaluation datasets of an MLflow server: labelled records, known by their inputs.
import { z } from 'zod'
import { canonicalJson } from '../../core/digest.ts'
import type { DatasetRecord, Datasets } from '../ports/runs.ts'
import type { MlflowHttp } from './mlflow-http.ts'
import { nothingSchema, readPages, wholeSchema } from './wire.ts'
import { quoteValue } from './write-filter.ts'

const V3 = '/3.0/mlflow/datasets'
const PAGE = 500

const datasetSchema = z.object({ dataset_id: z.string(), name: z.string(), created_time: wholeSchema.default(0) })
const searchSchema = z.object({ datasets: z.array(datasetSchema).default([]), next_page_token: z.string().optional() })
const recordSchema = z.object({
  dataset_record_id: z.string(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  expectations: z.record(z.string(), z.unknown()).nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
})
/** The records of a page are JSON in a text. */
const recordsSchema = z
  .string()
  .default('[]')
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'no JSON in the text' })
      return z.NEVER
    }
  })
  .pipe(z.array(recordSchema))
const pageSchema = z.object({ records: recordsSchema, next_page_token: z.string().optional() })

interface KnownRecord extends DatasetRecord {
  id: string
}

export function createMlflowDatasets({ http }: { http: MlflowHttp }): Datasets {
  const at = (id: string) => `${V3}/${encodeURIComponent(id)}/records`

  /** The oldest of that name: names are not unique, and two who create at once must agree on one. */
  async function find(name: string): Promise<string | null> {
    const quoted = quoteValue(name)
    const found = await readPages(async (pageToken) => {
      const body = {
        ...(quoted === undefined ? {} : { filter_string: `name = ${quoted}` }),
        max_results: PAGE,
        ...(pageToken ? { page_token: pageToken } : {}),
      }
      const about = `dataset ${name}`
      const path = `${V3}/search`
      const page = await http.json({ method: 'POST', path, body, about, repeatable: true, answer: searchSchema })
      return { items: page.datasets.filter((one) => one.name === name), next: page.next_page_token }
    })
    found.sort((a, b) => a.created_time - b.created_time || (a.dataset_id < b.dataset_id ? -1 : 1))
    return found[0]?.dataset_id ?? null
  }

  async function create(name: string): Promise<string> {
    const answer = z.object({ dataset: datasetSchema })
    const body = { name, experiment_ids: [], tags: '{}' }
    const { dataset } = await http.json({
      method: 'POST',
      path: `${V3}/create`,
      body,
      about: `dataset ${name}`,
      answer,
    })
    return (await find(name)) ?? dataset.dataset_id
  }

  async function readRecords(id: string, name: string): Promise<KnownRecord[]> {
    return readPages(async (pageToken) => {
      const query = { max_results: PAGE, page_token: pageToken }
      const page = await http.json({ method: 'GET', path: at(id), query, about: `dataset ${name}`, answer: pageSchema })
      return { items: page.records.map(toKnown), next: page.next_page_token }
    })
  }

  return {
    async read(name) {
      const id = await find(name)
      if (id === null) return null
      const records = await readRecords(id, name)
      return records.map(({ inputs, expectations, tags }) => ({ inputs, expectations, tags }))
    },

    async write(name, records) {
      const id = (await find(name)) ?? (await create(name))
      const about = `dataset ${name}`
      // The server merges into a record it knows. Where that would leave an old expectation or tag behind, the record goes first.
      const stale = staleRecords(await readRecords(id, name), records).map((record) => record.id)
      for (const part of chunk(stale, PAGE)) {
        const body = { dataset_record_ids: part }
        await http.json({ method: 'DELETE', path: at(id), body, about, answer: nothingSchema })
      }
      for (const part of chunk(records, PAGE)) {
        const body = {
          records: JSON.stringify(part.map(({ inputs, expectations, tags }) => ({ inputs, expectations, tags }))),
        }
        await http.json({ method: 'POST', path: at(id), body, about, repeatable: true, answer: nothingSchema })
      }
    },
  }
}

function toKnown({ dataset_record_id, inputs, expectations, tags }: z.infer<typeof recordSchema>): KnownRecord {
  return { id: dataset_record_id, inputs: inputs ?? {}, expectations: expectations ?? {}, tags: tags ?? {} }
}

function staleRecords(known: readonly KnownRecord[], records: readonly DatasetRecord[]): KnownRecord[] {
  const fresh = new Map(records.map((record) => [canonicalJson(record.inputs), record]))
  return known.filter((old) => {
    const next = fresh.get(canonicalJson(old.inputs))
    if (next === undefined) return false
    return !isWithin(old.expectations, next.expectations) || !isWithin(old.tags, next.tags)
  })
}

/** True where every key of `old` is set anew by `next`. */
function isWithin(old: object, next: object): boolean {
  return Object.keys(old).every((key) => Object.hasOwn(next, key))
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, nth) => items.slice(nth * size, (nth + 1) * size))
}
