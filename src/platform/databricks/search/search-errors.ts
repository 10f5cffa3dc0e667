// What goes wrong with an index, as sentences that name it and say what to do.
import { LakedeskError } from '../../../core/errors.ts'
import { answerOf, isNotFound } from '../../mlflow/platform-errors.ts'
import { phaseOf, type WireIndex } from './search-wire.ts'

export function indexMissing(index: string, endpoint: string, cause?: unknown): LakedeskError {
  return new LakedeskError(
    'INDEX_MISSING',
    `There is no index ${index} on the search endpoint ${endpoint}. Correct LAKEDESK_INDEX and LAKEDESK_INDEX_ENDPOINT, or create it: set LAKEDESK_INDEX_TABLE and run lakedesk ingest.`,
    cause,
  )
}

export function notReady(index: string, described: WireIndex, cause?: unknown): LakedeskError {
  const { detailed_state: state, message } = described.status
  const words = [state, message].filter((part) => part).join(': ')
  const offline = phaseOf(described) === 'offline'
  const fix = offline
    ? 'Look at its pipeline in the workspace, and start a sync there or with lakedesk ingest.'
    : 'It is being built; try again in a few minutes.'
  return new LakedeskError(
    'INDEX_FAILED',
    `The index ${index} ${offline ? 'is offline' : 'cannot answer yet'}${words ? ` (${words})` : ''}. ${fix}`,
    cause,
  )
}

/** The right to read an index is that of a table. */
export function noPrivilege(index: string, error: LakedeskError): LakedeskError {
  const [catalog, schema] = index.split('.')
  return new LakedeskError(
    'PLATFORM_UNAUTHORIZED',
    `${error.userMessage} To search in ${index} its owner grants: GRANT SELECT ON TABLE ${index} TO \`who\`; GRANT USE CATALOG ON CATALOG ${catalog} TO \`who\`; GRANT USE SCHEMA ON SCHEMA ${catalog}.${schema} TO \`who\`.`,
    error.cause,
  )
}

const UNKNOWN_COLUMN = /columns?\b.*\b(not present|not found|do(es)? not exist|unknown|not synced)/i

/** `describe` looks at the index where its state may be the reason; its own faults leave the error as it is. */
export async function toSearchError(
  error: unknown,
  { index, endpoint, describe }: { index: string; endpoint: string; describe(): Promise<WireIndex> },
): Promise<unknown> {
  if (!(error instanceof LakedeskError)) return error
  if (isNotFound(error)) return indexMissing(index, endpoint, error.cause)
  if (answerOf(error)?.status === 403) return noPrivilege(index, error)
  if (error.code === 'PLATFORM_REFUSED' && UNKNOWN_COLUMN.test(error.userMessage)) {
    const fix = `Add the column to columns_to_sync of ${index}, which means creating it anew, or leave it out of the question.`
    return new LakedeskError('FILTER_INVALID', `${error.userMessage} ${fix}`, error.cause)
  }
  if (!['PLATFORM_REFUSED', 'PLATFORM_FAILED', 'ENDPOINT_BUSY'].includes(error.code)) return error
  try {
    const described = await describe()
    const phase = phaseOf(described)
    return phase === 'offline' || phase === 'provisioning' ? notReady(index, described, error.cause) : error
  } catch {
    // What was asked for says more than the fault of looking after it.
    return error
  }
}
