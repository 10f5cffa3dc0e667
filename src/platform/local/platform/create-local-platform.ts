// The embedded platform: registry, runs, serving and governance in one file that many processes share.
import type { Log } from '../../../core/log.ts'
import type { Platform } from '../../ports/platform.ts'
import type { Registry } from '../../ports/registry.ts'
import type { Runs } from '../../ports/runs.ts'
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
  /** The registry whose versions are served and granted, where that is not the embedded one, such as an MLflow server's. */
  registry?: Registry
  /** The tracking server, where that is not the embedded one. */
  runs?: Runs
  now?: () => Date
}

/**
 * Opens the file at the first use. Every method is one transaction, so a server and a command may use one file side by
 * side. Beside what the ports say, methods throw PLATFORM_CORRUPT, PLATFORM_UNREACHABLE (locked for 15 s) and STORE_FULL.
 */
export function createLocalPlatform(options: LocalPlatformOptions): Platform {
  const file = openPlatformFile({ file: options.file, readOnly: options.readOnly ?? false })
  const now = options.now ?? (() => new Date())
  const registry = options.registry ?? createLocalRegistry(file, now)
  const serving = createLocalServing({ file, registry, engine: options, log: options.log })
  return {
    name: 'local',
    registry,
    runs: options.runs ?? createLocalRuns(file, now),
    serving,
    catalog: createLocalCatalog(registry, options.grants),
    async close() {
      await serving.settle()
      file.close()
    },
  }
}
