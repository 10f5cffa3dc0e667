// SQL that is opened at its first use: parser and database take a quarter of a second to load, and most commands need neither.
import type { Sql } from '../platform/ports/sql.ts'
import type { BuildSqlOptions, BuiltSql } from './build-sql.ts'

/** As `buildSql` builds it. A failure to open is not kept: the next use tries again. */
export function lazySql(options: BuildSqlOptions): Sql {
  const { warehouse } = options.settings.sql
  const isWarehouse = options.settings.platform.kind === 'databricks' && warehouse !== undefined
  let opened: Promise<BuiltSql> | undefined
  const open = async (): Promise<Sql> => {
    opened ??= import('./build-sql.ts').then(({ buildSql }) => buildSql(options))
    try {
      return (await opened).sql
    } catch (error) {
      opened = undefined
      throw error
    }
  }
  return {
    name: isWarehouse ? warehouse.id : 'local',
    learns: !isWarehouse,
    read: async (statement) => (await open()).read(statement),
    run: async (statement, signal) => (await open()).run(statement, signal),
    estimate: async (statement, signal) => (await open()).estimate(statement, signal),
    listTables: async (signal) => (await open()).listTables(signal),
    close: async () => (await opened)?.close(),
  }
}
