// The tracking server of the embedded platform: experiments, runs, params, metrics and tags.
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { type MetricPoint, RUN_STATUSES, type Run, type RunBatch, type RunQuery, type Runs } from '../../ports/runs.ts'
import { createLocalArtifacts } from './local-artifacts.ts'
import { createLocalDatasets } from './local-datasets.ts'
import { createLocalTraces } from './local-traces.ts'
import { missing, refuse } from './platform-errors.ts'
import type { PlatformFile } from './platform-file.ts'
import { numberOf, type Row, textOf, timeOf } from './rows.ts'
import { checkMetric, checkParam, checkTags } from './run-limits.ts'

const MOST_RUNS = 50_000

/** Throws PLATFORM_NOT_FOUND. For use inside a transaction. */
function requireRun(db: DatabaseSync, runId: string): Row {
  const row = db.prepare('SELECT * FROM runs WHERE run_id = ?').get(runId)
  if (!row) throw missing(`There is no run ${runId.slice(0, 80)}. Check its id.`)
  return row
}

/** Null for what is no id of an experiment here. */
function toExperimentNumber(experimentId: string): number | null {
  return /^[1-9]\d{0,14}$/.test(experimentId) ? Number(experimentId) : null
}

/** The number of an experiment that exists. Throws PLATFORM_NOT_FOUND. */
function requireExperiment(db: DatabaseSync, experimentId: string): number {
  const number = toExperimentNumber(experimentId)
  const row = db.prepare('SELECT experiment_id FROM experiments WHERE experiment_id = ?').get(number)
  if (!row) throw missing(`There is no experiment ${experimentId.slice(0, 80)}. Check its id.`)
  return numberOf(row, 'experiment_id')
}

function readMap(db: DatabaseSync, table: 'params' | 'run_tags', runId: string): Record<string, string> {
  const rows = db.prepare(`SELECT key, value FROM ${table} WHERE run_id = ? ORDER BY key`).all(runId)
  return Object.fromEntries(rows.map((row) => [textOf(row, 'key'), textOf(row, 'value')]))
}

/** The value of the highest step, then of the latest timestamp, then the highest: MLflow's order. */
function readLatestMetrics(db: DatabaseSync, runId: string): Record<string, number> {
  const rows = db
    .prepare('SELECT key, value FROM metrics WHERE run_id = ? ORDER BY key, step, timestamp, value')
    .all(runId)
  return Object.fromEntries(rows.map((row) => [textOf(row, 'key'), numberOf(row, 'value')]))
}

function toRun(db: DatabaseSync, row: Row): Run {
  const runId = textOf(row, 'run_id')
  const status = textOf(row, 'status')
  return {
    runId,
    experimentId: String(numberOf(row, 'experiment_id')),
    name: textOf(row, 'name'),
    status: RUN_STATUSES.find((known) => known === status) ?? 'FAILED',
    startedAt: timeOf(row, 'started_ms'),
    endedAt: row.ended_ms === null ? null : timeOf(row, 'ended_ms'),
    params: readMap(db, 'params', runId),
    metrics: readLatestMetrics(db, runId),
    tags: readMap(db, 'run_tags', runId),
  }
}

function writeTags(db: DatabaseSync, runId: string, tags: Readonly<Record<string, string>>): void {
  checkTags(tags)
  const put = db.prepare('INSERT OR REPLACE INTO run_tags VALUES (?, ?, ?)')
  for (const [key, value] of Object.entries(tags)) put.run(runId, key, value)
}

function writeBatch(db: DatabaseSync, runId: string, { params = {}, metrics = [], tags = {} }: RunBatch): void {
  requireRun(db, runId)
  const known = db.prepare('SELECT value FROM params WHERE run_id = ? AND key = ?')
  const add = db.prepare('INSERT OR IGNORE INTO params VALUES (?, ?, ?)')
  for (const [key, value] of Object.entries(params)) {
    checkParam(key, value)
    const before = known.get(runId, key)
    if (before && before.value !== value) {
      const [was, would] = [textOf(before, 'value').slice(0, 100), value.slice(0, 100)]
      throw refuse(
        `The param ${key} of run ${runId} is "${was}" and cannot become "${would}": params are set once. Start a new run.`,
      )
    }
    add.run(runId, key, value)
  }
  // The same point again is the same point: a batch may be sent twice.
  const point = db.prepare('INSERT OR IGNORE INTO metrics VALUES (?, ?, ?, ?, ?)')
  for (const metric of metrics) {
    checkMetric(metric)
    point.run(runId, metric.key, metric.step, metric.timestamp, metric.value)
  }
  writeTags(db, runId, tags)
}

function search(db: DatabaseSync, { experimentId, tags = {}, status, limit = 100 }: RunQuery): Run[] {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_RUNS) {
    throw refuse(`Between 1 and ${MOST_RUNS} runs can be asked for, not ${limit}.`)
  }
  const wanted = Object.entries(tags)
  const hasTag = 'AND EXISTS (SELECT 1 FROM run_tags t WHERE t.run_id = runs.run_id AND t.key = ? AND t.value = ?)'
  const sql = `SELECT * FROM runs WHERE experiment_id = ? ${status ? 'AND status = ?' : ''}
    ${wanted.map(() => hasTag).join(' ')} ORDER BY started_ms DESC, run_no DESC LIMIT ?`
  const values = [toExperimentNumber(experimentId), ...(status ? [status] : []), ...wanted.flat(), limit]
  return db
    .prepare(sql)
    .all(...values)
    .map((row) => toRun(db, row))
}

function readHistory(db: DatabaseSync, runId: string, key: string): MetricPoint[] {
  requireRun(db, runId)
  const sql = 'SELECT * FROM metrics WHERE run_id = ? AND key = ? ORDER BY timestamp, step, value'
  return db
    .prepare(sql)
    .all(runId, key)
    .map((row) => ({
      key,
      value: numberOf(row, 'value'),
      timestamp: numberOf(row, 'timestamp'),
      step: numberOf(row, 'step'),
    }))
}

/** Any number of metrics fits in one batch: it is one transaction. */
export function createLocalRuns(file: PlatformFile, now: () => Date): Runs {
  return {
    artifacts: createLocalArtifacts(file),
    traces: createLocalTraces(file),
    datasets: createLocalDatasets(file),

    ensureExperiment: async (name) => {
      const known = await file.read((db) =>
        db.prepare('SELECT experiment_id FROM experiments WHERE name = ?').get(name),
      )
      // Most calls only look: those need no turn among the writers, nor the right to write.
      if (known) return String(numberOf(known, 'experiment_id'))
      return file.write((db) => {
        if (name.trim() === '') throw refuse('An experiment needs a name.')
        db.prepare('INSERT OR IGNORE INTO experiments (name) VALUES (?)').run(name)
        const row = db.prepare('SELECT experiment_id FROM experiments WHERE name = ?').get(name) ?? {}
        return String(numberOf(row, 'experiment_id'))
      })
    },

    createRun: ({ experimentId, name, tags }) =>
      file.write((db) => {
        const experiment = requireExperiment(db, experimentId)
        const runId = randomBytes(16).toString('hex')
        db.prepare(
          'INSERT INTO runs (run_id, experiment_id, name, status, started_ms, ended_ms) VALUES (?, ?, ?, ?, ?, NULL)',
        ).run(runId, experiment, name, 'RUNNING', now().getTime())
        writeTags(db, runId, tags ?? {})
        return toRun(db, requireRun(db, runId))
      }),

    logBatch: (runId, batch) => file.write((db) => writeBatch(db, runId, batch)),

    finishRun: (runId, status) =>
      file.write((db) => {
        requireRun(db, runId)
        // Finishing twice keeps the first end.
        db.prepare('UPDATE runs SET status = ?, ended_ms = coalesce(ended_ms, ?) WHERE run_id = ?').run(
          status,
          now().getTime(),
          runId,
        )
      }),

    getRun: (runId) =>
      file.read((db) => {
        const row = db.prepare('SELECT * FROM runs WHERE run_id = ?').get(runId)
        return row ? toRun(db, row) : null
      }),

    searchRuns: (query) => file.read((db) => search(db, query)),

    metricHistory: (runId, key) => file.read((db) => readHistory(db, runId, key)),
  }
}
