// An index as the API tells it: its specification as it was given, and how far it is.
import { asList, type Values } from '../wire.ts'
import type { DetailedState, StoredIndex } from './stored.ts'

export interface ShowParts {
  host: string
  rows: number
  /** The work is done, or so it shows. */
  isSettled: boolean
}

/** Official clients wait for `ONLINE`, and give up at `OFFLINE`. */
export function stateOf({ direct, online, fault, pending }: StoredIndex, isSettled: boolean): DetailedState {
  if (direct && online) return 'ONLINE_DIRECT_ACCESS'
  if (fault !== '' && !pending) return online ? 'ONLINE_PIPELINE_FAILED' : 'OFFLINE_FAILED'
  if (!online) return 'PROVISIONING_INITIAL_SNAPSHOT'
  return isSettled ? 'ONLINE_NO_PENDING_UPDATE' : 'ONLINE_TRIGGERED_UPDATE'
}

const MESSAGES: Record<DetailedState, string> = {
  PROVISIONING_INITIAL_SNAPSHOT: 'Index is being created: its first snapshot is not complete.',
  ONLINE_NO_PENDING_UPDATE: 'Index is online.',
  ONLINE_TRIGGERED_UPDATE: 'Index is online and being updated.',
  ONLINE_PIPELINE_FAILED: 'Index is online with what it held before. The last update failed: ',
  ONLINE_DIRECT_ACCESS: 'Index is online.',
  OFFLINE_FAILED: 'Index is offline. Its first snapshot failed: ',
}

export function showIndex(index: StoredIndex, { host, rows, isSettled }: ShowParts): Values {
  const { name, id, endpoint, primaryKey, type, subtype, creator, delta, direct, fault } = index
  const detailed_state = stateOf(index, isSettled)
  const status = {
    ...{ detailed_state, ready: index.online, indexed_row_count: rows, message: `${MESSAGES[detailed_state]}${fault}` },
    // The Python client puts https:// before an address without a scheme.
    index_url: `${host}/api/2.0/vector-search/indexes/${name}`,
  }
  return {
    ...{
      name,
      id,
      endpoint_name: endpoint,
      primary_key: primaryKey,
      index_type: type,
      index_subtype: subtype,
      creator,
    },
    ...(delta ? { delta_sync_index_spec: { ...delta.given, pipeline_id: delta.pipelineId } } : {}),
    ...(direct
      ? {
          direct_access_index_spec: {
            ...direct.given,
            schema_json: JSON.stringify(direct.schema),
            requested_schema_json: direct.given.schema_json,
          },
        }
      : {}),
    status,
  }
}

/** One line of a list. */
export function showBriefly({ name, endpoint, type, subtype, primaryKey, creator }: StoredIndex): Values {
  return {
    ...{ name, endpoint_name: endpoint, index_type: type, index_subtype: subtype, primary_key: primaryKey, creator },
  }
}

/** The index as Unity Catalog lists it among its tables. */
export function showTable({ name, id, columns, creator, createdAt }: StoredIndex): Values {
  const [catalog_name = '', schema_name = '', table = ''] = name.split('.')
  return {
    ...{ full_name: name, name: table, catalog_name, schema_name, table_id: id, owner: creator, created_at: createdAt },
    ...{ table_type: 'MANAGED', data_source_format: 'VECTOR_INDEX_FORMAT', created_by: creator },
    columns: asList(columns).map((column, position) => ({
      ...{ name: column.name, type_text: column.type, position, nullable: true },
      type_name: String(column.type).replace(/<.*/s, '').toUpperCase().replace('BIGINT', 'LONG'),
    })),
  }
}
