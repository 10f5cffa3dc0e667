// The embedded platform with an engine that tests can hold, break and look into.
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { LakedeskError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import {
  createLocalPlatform,
  type LocalPlatformOptions,
} from '../../../src/platform/local/platform/create-local-platform.ts'
import type { Platform } from '../../../src/platform/ports/platform.ts'

export interface TestPlatform {
  platform: Platform
  /** Every version whose load began, such as `docs_rag 2`, in order. */
  loaded: string[]
  versionOf(prediction: unknown): string
  breakVersion(model: string, version: string): Promise<void>
  /** Loads wait from now on until the function it returns is called. */
  hold(): Promise<() => Promise<void>>
  /** Writes a version's status into the file, below the platform. */
  setStatus(status: 'PENDING' | 'FAILED', message?: string): (model: string, version: string) => Promise<void>
  close(): Promise<void>
}

const predictionSchema = z.object({ version: z.string() })

export function openTestPlatform(options: Partial<LocalPlatformOptions> & { file: string }): TestPlatform {
  const broken = new Set<string>()
  const loaded: string[] = []
  let held: { until: Promise<void>; release: () => void } | null = null

  const platform = createLocalPlatform({
    log: silentLog,
    grants: [],
    async load(model, version) {
      loaded.push(`${model} ${version}`)
      await held?.until
      if (broken.has(`${model} ${version}`)) throw new LakedeskError('CHAIN_INVALID', 'It holds no chain.')
    },
    async answer(model, version, record) {
      return { model, version, record }
    },
    ...options,
  })
  return {
    platform,
    loaded,
    versionOf: (prediction) => predictionSchema.parse(prediction).version,
    async breakVersion(model, version) {
      broken.add(`${model} ${version}`)
    },
    async hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = { until: promise, release: resolve }
      return async () => {
        held?.release()
        held = null
      }
    },
    setStatus: (status, message = '') => {
      return async (model, version) => {
        const db = new DatabaseSync(options.file, { timeout: 2000 })
        const sql = 'UPDATE versions SET status = ?, status_message = ? WHERE model = ? AND version = ?'
        db.prepare(sql).run(status, message, model, Number(version))
        db.close()
      }
    },
    close: () => platform.close(),
  }
}
