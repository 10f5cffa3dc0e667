// Reads the settings of the process, with the profile of a workspace under the environment.
import { readFileSync } from 'node:fs'
import { type ReadFile, withProfile } from '../config/databricks-profile.ts'
import { createEnvReader, type Env } from '../config/env-reader.ts'
import { readConfig } from '../config/read-config.ts'
import { readPlatform } from '../config/read-platform.ts'
import { SETTINGS } from '../config/setting-table.ts'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'

const readFile: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new LakedeskError(
      'CONFIG_INVALID',
      `The configuration file ${path} cannot be read (${code}). Make it readable for whoever runs Lakedesk, or set DATABRICKS_HOST and DATABRICKS_TOKEN.`,
      error,
    )
  }
}

const REFERENCE = /^\s*\{\{\s*secrets\//

/**
 * The settings; those written as `{{secrets/scope/key}}` are read from the workspace's secret scopes before anything else is done with them.
 * Throws CONFIG_INVALID as `readConfig` and `withProfile` do, and where a secret cannot be read, or stands for the workspace's own credentials.
 */
export async function readResolvedSettings(env: Env): Promise<Settings> {
  const full = withProfile(env, readFile)
  const named = SETTINGS.filter(({ name }) => REFERENCE.test(full[name] ?? '')).map(({ name }) => name)
  if (named.length === 0) return readConfig(full)
  const open = named.find((name) => name.startsWith('DATABRICKS_'))
  if (open !== undefined) {
    const why = 'what opens the workspace cannot lie in the workspace'
    throw new LakedeskError('CONFIG_INVALID', `${open} names a secret of the workspace, but ${why}. Set it itself.`)
  }
  // Everything but the secrets, whatever else may be wrong: only the workspace is asked for here.
  const reader = createEnvReader(full)
  const platform = readPlatform(reader)
  if (platform.kind !== 'databricks') {
    const fix = 'Set LAKEDESK_PLATFORM=databricks with the workspace that has it, or set the value itself.'
    throw new LakedeskError('CONFIG_INVALID', `${named.join(', ')}: a secret scope belongs to a workspace. ${fix}`)
  }
  const { openSecrets } = await import('./open-secrets.ts')
  return readConfig(await openSecrets(platform, full, named))
}
