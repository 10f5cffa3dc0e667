// Has the chat model of the workspace looked up for the commands that ask one, where none is named.
import { FOUND_MODEL, type Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'

/** Commands that ask no chat model, so that none is looked up for them. */
const WITHOUT_MODEL: ReadonlySet<string> = new Set(['ingest', 'remove', 'verify', 'export', 'lakehouse'])

/** Only where one has to be looked up is the driver loaded for it. Throws PLATFORM_* where the workspace cannot be asked. */
export async function withModel(command: string, settings: Settings, log: Log): Promise<Settings> {
  if (settings.model.name !== FOUND_MODEL || WITHOUT_MODEL.has(command)) return settings
  const { findModel } = await import('./find-model.ts')
  return findModel(settings, log)
}
