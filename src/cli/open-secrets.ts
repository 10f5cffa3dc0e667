// Reads the settings that name secrets of the workspace.
import type { Env } from '../config/env-reader.ts'
import type { PlatformSettings } from '../config/settings.ts'
import { silentLog } from '../core/log.ts'
import { createDatabricksSecrets, resolveSecrets } from '../platform/databricks/create-databricks-secrets.ts'
import { openWorkspace } from './databricks-auth.ts'

/** Throws CONFIG_INVALID naming the settings whose references could not be read. */
export async function openSecrets(
  platform: Extract<PlatformSettings, { kind: 'databricks' }>,
  env: Env,
  names: readonly string[],
): Promise<Env> {
  const secrets = createDatabricksSecrets({ http: openWorkspace(platform, silentLog).http })
  const asked = Object.fromEntries(names.map((name) => [name, env[name]]))
  return { ...env, ...(await resolveSecrets(asked, secrets)) }
}
