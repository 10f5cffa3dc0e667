// The calls of Vector Search, on the API that the workspace has: the first one, or the renamed one of AI Search.
import { z } from 'zod'
import type { MlflowHttp, PlatformCall } from '../../mlflow/mlflow-http.ts'
import { answerOf } from '../../mlflow/platform-errors.ts'
import { nothingSchema } from '../../mlflow/wire.ts'
import { changedSchema, endpointSchema, hitsSchema, indexSchema, scanSchema, type WireHits } from './search-wire.ts'

type Body = Readonly<Record<string, unknown>>

/** One call in the words of both APIs. */
interface TwoCalls {
  old: Pick<PlatformCall, 'method' | 'path' | 'query' | 'body'>
  /** After `workspaces/{ws}/endpoints`. */
  renamed: Pick<PlatformCall, 'method' | 'path' | 'query' | 'body'>
  about: string
  repeatable?: boolean
}

export interface SearchCallsOptions {
  http: MlflowHttp
  endpoint: string
  /** Full name. */
  index: string
  /** Id of the workspace, asked for only where the renamed API answers. */
  workspace?: () => Promise<string>
}

const OLD = '/2.0/vector-search'
const RENAMED = '/2.0/ai-search'

export type SearchCalls = ReturnType<typeof createSearchCalls>

/** Remembers which of the two APIs answers. Throws as the client does. */
export function createSearchCalls({ http, endpoint, index, workspace = async () => '-' }: SearchCallsOptions) {
  let surface: 'old' | 'renamed' | null = null
  const aboutIndex = `the index ${index}`
  const aboutEndpoint = `the search endpoint ${endpoint}`
  const name = encodeURIComponent(index)
  const at = encodeURIComponent(endpoint)

  async function sendRenamed<T>({ renamed, about, repeatable }: TwoCalls, answer: z.ZodType<T>, signal?: AbortSignal) {
    const parent = `${RENAMED}/workspaces/${encodeURIComponent(await workspace())}/endpoints`
    return http.json({
      ...renamed,
      path: `${parent}${renamed.path}`,
      ...{ about, answer },
      ...(repeatable === undefined ? {} : { repeatable }),
      ...(signal ? { signal } : {}),
    })
  }

  async function send<T>(calls: TwoCalls, answer: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
    if (surface === 'renamed') return sendRenamed(calls, answer, signal)
    const { old, about, repeatable } = calls
    const more = { ...(repeatable === undefined ? {} : { repeatable }), ...(signal ? { signal } : {}) }
    try {
      const said = await http.json({ ...old, path: `${OLD}${old.path}`, about, answer, ...more })
      surface = 'old'
      return said
    } catch (error) {
      if (surface === 'old' || !isNoSuchApi(error)) {
        if (answerOf(error)?.kind === 'answer' && !isNoSuchApi(error)) surface = 'old'
        throw error
      }
      try {
        const said = await sendRenamed(calls, answer, signal)
        surface = 'renamed'
        return said
      } catch (second) {
        // Where neither is there the first one is what people know.
        if (isNoSuchApi(second)) throw error
        if (answerOf(second)?.kind === 'answer') surface = 'renamed'
        throw second
      }
    }
  }

  const action = (path: string, verb: string, old: Body, renamed: Body = old, repeatable = true): TwoCalls => ({
    old: { method: 'POST', path: `/indexes/${name}/${path}`, body: old },
    renamed: { method: 'POST', path: `/${at}/indexes/${name}:${verb}`, body: renamed },
    about: aboutIndex,
    repeatable,
  })

  return {
    getEndpoint: (signal?: AbortSignal) =>
      send(
        {
          old: { method: 'GET', path: `/endpoints/${at}` },
          renamed: { method: 'GET', path: `/${at}` },
          about: aboutEndpoint,
        },
        endpointSchema,
        signal,
      ),
    createEndpoint: (body: Body, signal?: AbortSignal) =>
      send(
        {
          old: { method: 'POST', path: '/endpoints', body: { name: endpoint, ...body } },
          renamed: { method: 'POST', path: '', query: { endpoint_id: endpoint }, body },
          about: aboutEndpoint,
        },
        nothingSchema,
        signal,
      ),
    getIndex: (signal?: AbortSignal) =>
      send(
        {
          old: { method: 'GET', path: `/indexes/${name}` },
          renamed: { method: 'GET', path: `/${at}/indexes/${name}` },
          about: aboutIndex,
        },
        indexSchema,
        signal,
      ),
    createIndex: (body: Body, signal?: AbortSignal) =>
      send(
        {
          old: { method: 'POST', path: '/indexes', body: { name: index, endpoint_name: endpoint, ...body } },
          renamed: { method: 'POST', path: `/${at}/indexes`, query: { index_id: index }, body: renameModels(body) },
          about: aboutIndex,
        },
        nothingSchema,
        signal,
      ),
    // A second sync of the same rows changes nothing.
    sync: (signal?: AbortSignal) => send(action('sync', 'sync', {}), nothingSchema, signal),
    query(body: Body & { num_results: number }, signal?: AbortSignal): Promise<WireHits> {
      const { num_results: max_results, ...rest } = body
      return send(action('query', 'query', body, { ...rest, max_results }), hitsSchema, signal)
    },
    /** Null where the API has no pages. */
    async nextPage(page_token: string, signal?: AbortSignal): Promise<WireHits | null> {
      if (surface === 'renamed') return null
      return send(action('query-next-page', 'query', { page_token, endpoint_name: endpoint }), hitsSchema, signal)
    },
    upsert: (rows: readonly unknown[], signal?: AbortSignal) =>
      send(action('upsert-data', 'upsertData', { inputs_json: JSON.stringify(rows) }), changedSchema, signal),
    remove: (primary_keys: readonly string[], signal?: AbortSignal) =>
      send(
        {
          old: { method: 'DELETE', path: `/indexes/${name}/delete-data`, query: { primary_keys } },
          renamed: { method: 'POST', path: `/${at}/indexes/${name}:removeData`, body: { primary_keys } },
          about: aboutIndex,
          repeatable: true,
        },
        changedSchema,
        signal,
      ),
    scan: (num_results: number, last_primary_key: string | undefined, signal?: AbortSignal) =>
      send(
        action(
          'scan',
          'scan',
          { num_results, ...(last_primary_key === undefined ? {} : { last_primary_key }) },
          { page_size: num_results, ...(last_primary_key === undefined ? {} : { page_token: last_primary_key }) },
        ),
        scanSchema,
        signal,
      ),
  }
}

/** The renamed API calls the endpoint of the embeddings by a shorter name. */
function renameModels(body: Body): Body {
  const rename = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rename)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key === 'embedding_model_endpoint_name' ? 'embedding_model_endpoint' : key,
        rename(one),
      ]),
    )
  }
  return z.record(z.string(), z.unknown()).parse(rename(body))
}

/** The path itself is unknown: what is looked for may be there all the same. */
function isNoSuchApi(error: unknown): boolean {
  const answer = answerOf(error)
  return answer?.status === 404 && (answer.errorCode === 'ENDPOINT_NOT_FOUND' || answer.errorCode === '')
}
