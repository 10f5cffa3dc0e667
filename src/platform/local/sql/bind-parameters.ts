// Named parameters of a statement as DuckDB takes them.
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api'
import { LakedeskError } from '../../../core/errors.ts'
import { parseDdlType, toDuckTypeText } from '../../ports/ddl-type.ts'
import type { SqlParameter } from '../../ports/sql.ts'
import { toSqlError } from './sql-errors.ts'

export interface Bound {
  values: Record<string, DuckDBValue>
  types: Record<string, DuckDBType>
}

/** `names` are those in the text: each needs a value; others are left aside. Throws SQL_INVALID. */
export async function bindParameters(
  connection: DuckDBConnection,
  names: readonly string[],
  parameters: Readonly<Record<string, SqlParameter>>,
): Promise<Bound> {
  const bound: Bound = { values: {}, types: {} }
  for (const name of names) {
    if (!Object.hasOwn(parameters, name)) {
      throw new LakedeskError(
        'SQL_INVALID',
        `The statement names the parameter :${name}, and no value was given for it.`,
      )
    }
    const { value, type } = await bindOne(connection, name, parameters[name] ?? null)
    bound.values[name] = value
    bound.types[name] = type
  }
  return bound
}

async function bindOne(
  connection: DuckDBConnection,
  name: string,
  parameter: SqlParameter,
): Promise<{ value: DuckDBValue; type: DuckDBType }> {
  if (parameter === null || typeof parameter === 'string') return { value: parameter, type: VARCHAR }
  if (typeof parameter === 'boolean') return { value: parameter, type: BOOLEAN }
  if (typeof parameter === 'number') {
    return Number.isSafeInteger(parameter)
      ? { value: BigInt(parameter), type: BIGINT }
      : { value: parameter, type: DOUBLE }
  }
  const cast = `SELECT CAST($1 AS ${toDuckTypeText(parseDdlType(parameter.type))})`
  try {
    const result = await connection.run(cast, [parameter.value], [VARCHAR])
    const rows = await result.getRows()
    return { value: rows[0]?.[0] ?? null, type: result.columnType(0) }
  } catch (error) {
    const shown = JSON.stringify(parameter.value)
    const message = `The parameter :${name} is ${shown}, which is no ${parameter.type}.`
    throw new LakedeskError('SQL_INVALID', message, toSqlError(error))
  }
}
