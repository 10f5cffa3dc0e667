// The embedded platform: registry, runs, serving and governance in one file that many processes share.
import type { Log } from '../../../core/log.ts'
import type { Platform } from '../../ports/platform.ts'
import { createLocalCatalog, type Grant } from './local-catalog.ts'
import { createLocalRegistry } from './local-registry.ts'
import { createLocalRuns } from './local-runs.ts'
import { createLocalServing, type Engine } from './local-serving.ts'
import { openPlatformFile } from './platform-file.ts'

/** Name of the file in the data folder. */
export const platformFileName = 'platform.db'

export interface LocalPlatformOptions extends Engine {
  /** Path of the platform file, or `:memory:`. Created at the first write or read; with `readOnly` never. */
  file: string
  log: Log
  /** Every change is refused, and no update moves on. */
  readOnly?: boolean
  grants: readonly Grant[]
  now?: () => Date
}

/**
 * Opens the file at the first use. Every method is one transaction, so a server and a command may use one file side by
 * side. Beside what the ports say, methods throw PLATFORM_CORRUPT, PLATFORM_UNREACHABLE (locked for 15 s) and STORE_FULL.
 */
export function createLocalPlatform(options: LocalPlatformOptions): Platform {
  const file = openPlatformFile({ file: options.file, readOnly: options.readOnly ?? false })
  const now = options.now ?? (() => new Date())
  const serving = createLocalServing(file, options, options.log)
  return {
    name: 'local',
    registry: createLocalRegistry(file, now),
    runs: createLocalRuns(file, now),
    serving,
    catalog: createLocalCatalog(file, options.grants),
    async close() {
      await serving.settle()
      file.close()
    },
  }
}
