// The function that stands in DuckDB for every AI function: it looks answers up and notes what is missing.
import { type DuckDBConnection, DuckDBScalarFunction, INTEGER, VARCHAR } from '@duckdb/node-api'

const NAME = 'lakedesk_ai'

/** Text for SQL, or null: SQL's NULL, also while nobody has answered yet. May throw: the statement then fails. */
export type LookUp = (site: number, args: string) => string | null

export interface AiFunction {
  /** From now on calls on this connection ask `lookUp`, until `end`. */
  begin(connection: DuckDBConnection, lookUp: LookUp): { end(): void }
}

/**
 * Makes the function known in the file of this connection: one function for all, which tells by the connection whose statement it serves.
 * It is registered as a pure one, so that DuckDB moves ordinary filters, sorting and LIMIT before it, and asks it once for a constant.
 */
export function registerAiFunction(connection: DuckDBConnection): AiFunction {
  const byConnection = new Map<number, LookUp>()
  const scalar = DuckDBScalarFunction.create({
    name: NAME,
    returnType: VARCHAR,
    parameterTypes: [INTEGER, VARCHAR],
    // A NULL among the arguments is ours to judge.
    specialHandling: true,
    bindFunction: (info) => info.setBindData({ connectionId: info.clientContext.connectionId }),
    mainFunction: (info, input, output) => {
      const { connectionId } = info.bindData as { connectionId: number }
      const lookUp = byConnection.get(connectionId)
      if (!lookUp) return info.setError('An AI function was called outside a statement.')
      const sites = input.getColumnValues(0)
      const args = input.getColumnValues(1)
      try {
        for (let row = 0; row < input.rowCount; row += 1) {
          output.setItem(row, lookUp(Number(sites[row]), String(args[row])))
        }
      } catch (error) {
        return info.setError(error instanceof Error ? error.message : String(error))
      }
      output.flush()
    },
  })
  connection.registerScalarFunction(scalar)
  return {
    begin(of, lookUp) {
      const { connectionId } = of.clientContext
      byConnection.set(connectionId, lookUp)
      return {
        end() {
          byConnection.delete(connectionId)
        },
      }
    },
  }
}
