// The embedded SQL warehouse: DuckDB with AI functions, and every answer kept.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../../../core/log.ts'
import { createAnswering } from '../../ai/answer-all.ts'
import type { AiEngine } from '../../ports/ai-functions.ts'
import {
  type AiBudget,
  NO_USAGE,
  type Sql,
  type SqlEstimate,
  type SqlResult,
  type SqlStatement,
  type SqlTable,
} from '../../ports/sql.ts'
import { toEstimateResult } from '../../sql/estimate-result.ts'
import { readDdl, takeTableOptions } from '../../sql/read-ddl.ts'
import { readStatement } from '../../sql/read-statement.ts'
import { toDuckStatement } from '../../sql/to-duck-statement.ts'
import { openAiCache } from './ai-cache.ts'
import { createWork, rowsWanted, type Tables, type Work } from './answer-passes.ts'
import { createAsking } from './asking.ts'
import { describeTable, showTables } from './describe-table.ts'
import { estimateWork } from './estimate.ts'
import { createLease } from './lease.ts'
import { listTables } from './list-tables.ts'
import { type LoadOptions, type LoadReport, loadTable } from './load/load-table.ts'
import { isThereAlready, runChange } from './run-change.ts'
import { keepProperties, runDdl, toDuckName } from './run-ddl.ts'
import { runSelect } from './run-select.ts'
import {
  estimateStream,
  listStreams,
  refreshStreams,
  runStream,
  type StreamRefresh,
  type StreamState,
} from './streams.ts'

export interface LocalSqlOptions {
  /** Holds `tables.duckdb` and `ai-cache.db`; made where it is missing. */
  folder: string
  /** Where answers are remembered, when it is another folder: tables of a moment then share what was paid for. */
  cacheFolder?: string
  engine: AiEngine
  log: Log
  /** Requests to the engine at once, and per minute. */
  rate: { concurrency: number; perMinute: number | null }
  /** What statements take for now. */
  now?: () => Date
  /** How long to wait for another process that has the tables, in milliseconds. Default 30 s. */
  waitMs?: number
  /** How long a statement of a person may compute, in milliseconds, models not counted. Default 5 minutes. */
  limitMs?: number
}

export interface LocalSql extends Sql {
  /** Reads a CSV, JSON, JSON Lines or Parquet file into a table. Throws TABLE_INVALID, SQL_BUSY. */
  load(file: string, options: LoadOptions): Promise<LoadReport>
  /** Enriches the new rows of every streaming table, each row once; the budget is that of 1,000 rows. The fault of one is told beside the others. Throws SQL_BUSY. */
  refreshStreams(signal: AbortSignal, budget?: AiBudget): Promise<StreamRefresh[]>
  listStreams(signal: AbortSignal): Promise<StreamState[]>
}

const LIMIT_MS = 300_000

/** Nothing is opened before the first use; several processes can share the folder: one at a time has the tables, and none while models are asked. */
export function createLocalSql(options: LocalSqlOptions): LocalSql {
  const { folder, engine, log, rate, now, waitMs, cacheFolder = folder, limitMs = LIMIT_MS } = options
  for (const one of [folder, cacheFolder]) mkdirSync(one, { recursive: true })
  const lease = createLease(path.join(folder, 'tables.duckdb'), waitMs)
  const cache = openAiCache(path.join(cacheFolder, 'ai-cache.db'))
  const perMinute = rate.perMinute === null ? {} : { perMinute: rate.perMinute }
  const answering = createAnswering({ concurrency: rate.concurrency, ...perMinute })
  const asking = createAsking(cache, answering)
  const tables: Tables = { lease, cache, asking, engine, now: now ?? (() => new Date()), limitMs }

  const begin = async (statement: SqlStatement, signal: AbortSignal) => {
    const duck = toDuckStatement(readStatement(statement), rowsWanted(statement))
    const taught = duck.read.sites.length > 0 ? await engine.refresh(signal) : engine
    return createWork({ ...tables, engine: taught }, duck, statement)
  }

  return {
    name: 'local',
    learns: true,
    read: async (statement) => {
      const { text, reads, writes, aiFunctions } = readStatement(statement)
      return { text, reads, writes, aiFunctions }
    },
    async run(statement, signal): Promise<SqlResult> {
      const started = performance.now()
      const ddl = statement.mode === 'own' ? readDdl(statement.text, statement.place) : null
      if (ddl) return runDdl(lease, ddl, signal)
      const { text, properties } =
        statement.mode === 'own' ? takeTableOptions(statement.text) : { ...statement, properties: {} }
      const work = await begin({ ...statement, text }, signal)
      const { read } = work.duck
      if (read.explain) return toEstimateResult(await estimate(work, signal))
      const result = await runKind(work, signal)
      if (read.writes !== null && Object.keys(properties).length > 0) {
        const name = toDuckName(read.writes.split('.'))
        await lease.use(signal, (connection) => keepProperties(connection, name, properties))
      }
      const ms = Math.round(performance.now() - started)
      log.info('statement done', { kind: read.kind, reads: read.reads, writes: read.writes, usage: result.usage, ms })
      return result
    },
    async estimate(statement, signal) {
      return estimate(await begin(statement, signal), signal)
    },
    listTables: (signal): Promise<SqlTable[]> => lease.use(signal, listTables),
    refreshStreams: (signal, budget) => refreshStreams(tables, signal, budget),
    listStreams: (signal) => listStreams(tables, signal),
    load: (file, options) => loadTable(lease, file, options),
    async close() {
      await lease.close()
      cache.close()
    },
  }
}

function runKind(work: Work, signal: AbortSignal): Promise<SqlResult> {
  switch (work.duck.read.kind) {
    case 'select':
      return runSelect(work, signal)
    case 'show-tables':
      return showTables(work, signal)
    case 'describe':
      return describeTable(work, signal)
    case 'create-streaming-table':
      return runStream(work, signal)
    default:
      return runChange(work, signal)
  }
}

async function estimate(work: Work, signal: AbortSignal): Promise<SqlEstimate> {
  if (await isThereAlready(work, signal)) return { sites: [], total: NO_USAGE, exact: true }
  return work.duck.stream ? estimateStream(work, signal) : estimateWork(work, signal)
}
