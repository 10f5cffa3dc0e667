// Finds the chat model of the workspace, where none is named, before anything is built with it.
import { FOUND_MODEL, type Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import { chooseChatModel, listModels } from '../platform/databricks/list-models.ts'
import { openWorkspace } from './databricks-auth.ts'

const OFFLINE = 'offline'

/**
 * The settings with the name of a model: the one that is set, or one that the workspace lists. Where it lists none that is ready, the offline
 * model answers, and the log says so. Asks the workspace at most once a call. Throws PLATFORM_* where it cannot be asked.
 */
export async function findModel(settings: Settings, log: Log): Promise<Settings> {
  const { model, sql } = settings
  if (model.name !== FOUND_MODEL || !model.workspace) return settings
  const found = chooseChatModel(await listModels(openWorkspace(model.workspace, log).http))
  const { host } = model.workspace
  const set = 'set LAKEDESK_MODEL to choose another'
  if (found) log.info(`the chat model is ${found.name}, the first choice of those that ${host} lists; ${set}`)
  else log.warn(`${host} lists no chat model that is ready, so the offline model answers; ${set}`)
  const name = found?.name ?? OFFLINE
  return Object.freeze({
    ...settings,
    model: Object.freeze({ ...model, name }),
    sql: Object.freeze({ ...sql, model: sql.model === FOUND_MODEL ? name : sql.model }),
  })
}
