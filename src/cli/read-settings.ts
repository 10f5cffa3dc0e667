// Reads the settings of the process, with the profile of a workspace under the environment.
import { readFileSync } from 'node:fs'
import { type ReadFile, withProfile } from '../config/databricks-profile.ts'
import type { Env } from '../config/env-reader.ts'
import { readConfig } from '../config/read-config.ts'
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

/** Throws CONFIG_INVALID as `readConfig` and `withProfile` do. */
export function readSettings(env: Env): Settings {
  return readConfig(withProfile(env, readFile))
}
