// `lakedesk tickets watch`: follows a file that grows, and enriches its new rows through a streaming table.
import { basename, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readFileSync, statSync } from 'node:fs'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { LocalSql } from '../platform/local/sql/create-local-sql.ts'
import { buildLocalSql } from './build-sql.ts'
import type { Terminal } from './ingest.ts'
import { readCorrections } from './read-corrections.ts'
import { stopSignal } from './stop-signal.ts'

export interface WatchOptions {
  into: string
  once: boolean
}
