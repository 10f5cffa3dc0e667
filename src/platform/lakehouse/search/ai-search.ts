// The renamed surface of vector search, /api/2.0/ai-search: other names and resource paths for the same endpoints and indexes.
import { asList, asValues, type Call, type Route, required, route, text, type Values, whole } from '../wire.ts'
import type { CheckRead } from './check-read.ts'
import { allValues, type createIndexData } from './index-data.ts'
import type { createQueries } from './run-query.ts'
import type { SearchEndpoints } from './search-endpoints.ts'
import type { SearchIndexes } from './search-indexes.ts'

export interface AiSearchParts {
  endpoints: SearchEndpoints
  indexes: SearchIndexes
  data: ReturnType<typeof createIndexData>
  queries: ReturnType<typeof createQueries>
  checkRead: CheckRead
}

const ENDPOINTS = '/api/2.0/ai-search/workspaces/{ws}/endpoints'
const INDEXES = `${ENDPOINTS}/{endpoint}/indexes`

export function createAiSearch({ endpoints, indexes, data, queries, checkRead }: AiSearchParts): Route[] {
  const withArgs = (call: Call, args: Values): Call => ({ ...call, args: { ...call.args, ...args } })
  /** The index must lie on the endpoint that the path names. */
  const named = (act: (name: string, call: Call) => unknown) => async (call: Call) => {
    const { index = '', endpoint = '' } = call.at
    if (indexes.require(index).endpoint !== endpoint) endpoints.require(endpoint)
    return act(index, call)
  }

  const reading = (act: (name: string, call: Call) => unknown) =>
    named((name, call) => {
      checkRead(call.caller, name)
      return act(name, call)
    })

  async function scan(name: string, { args }: Call): Promise<Values> {
    const { index, rows } = await data.read(name, text(args, 'page_token'), whole(args, 'page_size', 10))
    const last = rows.at(-1)?.key
    return { data: rows.map((row) => allValues(index, row)), ...(last === undefined ? {} : { next_page_token: last }) }
  }

  return [
    route(`POST ${ENDPOINTS}`, (call) =>
      toEndpoint(call, endpoints.create(withArgs(call, { name: required(call.args, 'endpoint_id') }))),
    ),
    route(`GET ${ENDPOINTS}`, (call) => ({
      endpoints: endpoints.list().map((one) => toEndpoint(call, endpoints.show(one))),
    })),
    route(`GET ${ENDPOINTS}/{name}`, (call) =>
      toEndpoint(call, endpoints.show(endpoints.require(call.at.name ?? '', true))),
    ),
    route(`PATCH ${ENDPOINTS}/{name}`, (call) =>
      toEndpoint(call, endpoints.update(({ args }) => ({ tags: asList(args.custom_tags) }))(call)),
    ),
    route(`DELETE ${ENDPOINTS}/{name}`, endpoints.remove),
    route(`POST ${INDEXES}`, async (call) =>
      toIndex(call, await indexes.create(withArgs(call, { name: required(call.args, 'index_id') }))),
    ),
    route(`GET ${INDEXES}`, (call) => {
      const { vector_indexes, ...more } = indexes.list(call)
      return { indexes: asList(vector_indexes).map((one) => toIndex(call, one)), ...more }
    }),
    route(
      `GET ${INDEXES}/{index}`,
      named(async (name, call) => toIndex(call, await indexes.look(name))),
    ),
    route(
      `DELETE ${INDEXES}/{index}`,
      named((name) => indexes.remove(name)),
    ),
    route(
      `POST ${INDEXES}/{index}:sync`,
      named((name) => indexes.askSync(name)),
    ),
    route(
      `POST ${INDEXES}/{index}:query`,
      reading((name, { args }) => queries.runWhole(name, args)),
    ),
    route(`POST ${INDEXES}/{index}:scan`, reading(scan)),
    route(`POST ${INDEXES}/{index}:upsertData`, named(data.upsert)),
    route(`POST ${INDEXES}/{index}:removeData`, named(data.remove)),
  ]
}

function toEndpoint({ at }: Call, shown: unknown): Values {
  const { name, num_indexes, creation_timestamp, last_updated_timestamp, ...same } = asValues(shown)
  return {
    ...same,
    name: `workspaces/${at.ws}/endpoints/${String(name)}`,
    index_count: num_indexes,
    replica_count: 1,
    create_time: new Date(Number(creation_timestamp)).toISOString(),
    update_time: new Date(Number(last_updated_timestamp)).toISOString(),
  }
}

function toIndex({ at }: Call, shown: Values): Values {
  const { name, endpoint_name, delta_sync_index_spec, direct_access_index_spec, ...same } = shown
  const endpoint = `workspaces/${at.ws}/endpoints/${String(endpoint_name)}`
  return {
    ...same,
    ...{ name: `${endpoint}/indexes/${String(name)}`, endpoint },
    ...(delta_sync_index_spec ? { delta_sync_index_spec: renameModel(delta_sync_index_spec) } : {}),
    ...(direct_access_index_spec ? { direct_access_index_spec: renameModel(direct_access_index_spec) } : {}),
  }
}

/** Here the field is called embedding_model_endpoint. */
function renameModel(spec: unknown): Values {
  const { embedding_source_columns, ...same } = asValues(spec)
  if (embedding_source_columns === undefined) return same
  const columns = asList(embedding_source_columns).map(({ embedding_model_endpoint_name, ...column }) => ({
    embedding_model_endpoint: embedding_model_endpoint_name,
    ...column,
  }))
  return { ...same, embedding_source_columns: columns }
}
