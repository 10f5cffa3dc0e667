// Vector search of the local lakehouse, in every spelling of its API that official clients use.
import { type Call, type Route, route } from '../wire.ts'
import { createAiSearch } from './ai-search.ts'
import type { CheckRead } from './check-read.ts'
import { createIndexData } from './index-data.ts'
import { createQueries } from './run-query.ts'
import { createSearchEndpoints } from './search-endpoints.ts'
import { createSearchIndexes, type SearchIndexParts } from './search-indexes.ts'
import { showTable } from './show-index.ts'

export interface SearchParts extends Omit<SearchIndexParts, 'requireEndpoint'> {
  checkRead: CheckRead
}

const ROOT = '/api/2.0/vector-search'

export function createSearch(parts: SearchParts) {
  const { state, now, embedWith, checkRead } = parts
  const endpoints = createSearchEndpoints({ state, now, countIndexes: (name) => indexes.countOn(name) })
  const indexes = createSearchIndexes({ ...parts, requireEndpoint: endpoints.require })
  const data = createIndexData({ indexes, embedWith })
  const endpointType = (name: string) => endpoints.require(name).type
  const queries = createQueries({ indexes, endpointType, embedWith })
  const named = (act: (name: string, call: Call) => unknown) => (call: Call) => act(call.at.name ?? '', call)

  const reading = (act: (name: string, call: Call) => unknown) =>
    named((name, call) => {
      checkRead(call.caller, indexes.require(name).name)
      return act(name, call)
    })

  // Older clients name the endpoint in the path; the Python client sends GET with a body where others POST.
  const routes: Route[] = [`${ROOT}/indexes`, `${ROOT}/endpoints/{endpoint}/indexes`].flatMap((base) => [
    route(`POST ${base}`, indexes.create),
    route(`GET ${base}`, indexes.list),
    route(
      `GET ${base}/{name}`,
      named((name) => indexes.look(name)),
    ),
    route(
      `DELETE ${base}/{name}`,
      named((name) => indexes.remove(name)),
    ),
    route(
      `POST ${base}/{name}/sync`,
      named((name) => indexes.askSync(name)),
    ),
    route(`POST ${base}/{name}/upsert-data`, named(data.upsert)),
    route(`DELETE ${base}/{name}/delete-data`, named(data.remove)),
    route(`POST ${base}/{name}/delete-data`, named(data.remove)),
    ...['GET', 'POST'].flatMap((method) => [
      route(
        `${method} ${base}/{name}/query`,
        reading((name, { args }) => queries.run(name, args)),
      ),
      route(
        `${method} ${base}/{name}/query-next-page`,
        reading((name, { args }) => queries.next(name, args)),
      ),
      route(`${method} ${base}/{name}/scan`, reading(data.scan)),
    ]),
  ])
  const newer = createAiSearch({ endpoints, indexes, data, queries, checkRead })
  return {
    routes: [...endpoints.routes, ...routes, ...newer],
    /** An index is also a table of Unity Catalog; undefined where there is none of this name. */
    tableOf(name: string) {
      const index = indexes.all().find((one) => one.name === name)
      return index && showTable(index)
    },
    control: { endpoints: endpoints.control, indexes: indexes.control },
  }
}
