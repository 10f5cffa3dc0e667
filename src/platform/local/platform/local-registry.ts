// The registry of the embedded platform: versions numbered per model, and aliases that point at them.
import type { DatabaseSync } from 'node:sqlite'
import type { ModelVersion, Registry } from '../../ports/registry.ts'
import { missing, refuse } from './platform-errors.ts'
import type { PlatformFile } from './platform-file.ts'
import { numberOf, type Row, tagsOf, textOf, textOrNull, timeOf } from './rows.ts'
import { checkTags } from './run-limits.ts'

/** Null for what is no version number, such as `banana`, `03` or `1.0`. */
function toVersionNumber(version: string): number | null {
  const number = Number(version)
  return /^[1-9]\d*$/.test(version) && Number.isSafeInteger(number) ? number : null
}

/** MLflow's rules, mlflow/utils/validation.py: `_validate_model_alias_name`. */
function checkAlias(alias: string): void {
  const good = /^[\w-]+$/.test(alias) && alias.length <= 255
  if (!good) {
    throw refuse(
      `"${alias.slice(0, 80)}" cannot be an alias: use letters, digits, "-" and "_", at most 255 of them, such as Champion.`,
    )
  }
  if (alias.toLowerCase() === 'latest' || /^v\d+$/i.test(alias)) {
    throw refuse(`"${alias}" cannot be an alias because it reads as a version. Choose another name, such as Champion.`)
  }
}

function checkModel(model: string): void {
  if (model.trim() !== '' && model.length <= 250 && !/[/:]/.test(model)) return
  throw refuse(`"${model.slice(0, 80)}" cannot be the name of a model: it must not be empty nor contain "/" or ":".`)
}

function toModelVersion(db: DatabaseSync, row: Row): ModelVersion {
  const [model, version] = [textOf(row, 'model'), numberOf(row, 'version')]
  const aliases = db
    .prepare('SELECT alias FROM aliases WHERE model = ? AND version = ?')
    .all(model, version)
    .map((found) => textOf(found, 'alias'))
  const status = textOf(row, 'status')
  return {
    model,
    version: String(version),
    status: status === 'READY' || status === 'PENDING' ? status : 'FAILED',
    statusMessage: textOf(row, 'status_message'),
    description: textOf(row, 'description'),
    source: textOf(row, 'source'),
    runId: textOrNull(row, 'run_id'),
    createdAt: timeOf(row, 'created_ms'),
    tags: tagsOf(row, 'tags'),
    aliases: aliases.sort(),
  }
}

function findVersion(db: DatabaseSync, model: string, version: string): ModelVersion | null {
  const number = toVersionNumber(version)
  if (number === null) return null
  const row = db.prepare('SELECT * FROM versions WHERE model = ? AND version = ?').get(model, number)
  return row ? toModelVersion(db, row) : null
}

function hasModel(db: DatabaseSync, model: string): boolean {
  return db.prepare('SELECT 1 AS found FROM versions WHERE model = ? LIMIT 1').get(model) !== undefined
}

/** Versions are READY at once: nothing has to be copied. */
export function createLocalRegistry(file: PlatformFile, now: () => Date): Registry {
  return {
    createVersion: (wanted) =>
      file.write((db) => {
        checkModel(wanted.model)
        checkTags(wanted.tags ?? {})
        const last = db.prepare('SELECT max(version) AS n FROM versions WHERE model = ?').get(wanted.model)?.n
        const number = (typeof last === 'number' ? last : 0) + 1
        db.prepare('INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
          wanted.model,
          number,
          'READY',
          '',
          wanted.description ?? '',
          wanted.source,
          wanted.runId,
          now().getTime(),
          JSON.stringify(wanted.tags ?? {}),
        )
        const created = findVersion(db, wanted.model, String(number))
        if (!created) throw missing(`Version ${number} of ${wanted.model} is gone again. Please try again.`)
        return created
      }),

    getVersion: (model, version) => file.read((db) => findVersion(db, model, version)),

    listVersions: (model) =>
      file.read((db) =>
        db
          .prepare('SELECT * FROM versions WHERE model = ? ORDER BY version DESC')
          .all(model)
          .map((row) => toModelVersion(db, row)),
      ),

    getAlias: (model, alias) =>
      file.read((db) => {
        const row = db.prepare('SELECT version FROM aliases WHERE model = ? AND alias = ?').get(model, alias)
        return row ? String(numberOf(row, 'version')) : null
      }),

    setAlias: (model, alias, version) =>
      file.write((db) => {
        checkAlias(alias)
        const found = findVersion(db, model, version)
        if (!found) {
          const what = hasModel(db, model) ? `has no version ${version.slice(0, 40)}` : 'is not registered'
          throw missing(`The alias ${alias} was not set because the model ${model} ${what}.`)
        }
        db.prepare('INSERT OR REPLACE INTO aliases VALUES (?, ?, ?)').run(model, alias, Number(found.version))
      }),

    deleteAlias: (model, alias) =>
      file.write((db) => {
        db.prepare('DELETE FROM aliases WHERE model = ? AND alias = ?').run(model, alias)
      }),
  }
}
