// Rows of a result that are known at once, as its only page.
import type { SqlRow } from '../../ports/sql.ts'

export async function* onePage(rows: SqlRow[]): AsyncGenerator<SqlRow[]> {
  yield rows
}
