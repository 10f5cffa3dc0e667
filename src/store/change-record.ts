// Changes one record of a ledger by compare and swap, however many others do so at the same time.
import { LakedeskError } from '../core/errors.ts'
import type { Ledger } from './port-ledgers.ts'

/** Each lost swap means that another one came through, so this many in one call means that something is broken. */
const MAX_SWAPS = 1_000

/**
 * `change` gets the record as it stands, or null where there is none, and returns the new one, or null where it is to stay as
 * it is; it may be asked again. Returns the record as it stands afterwards. Throws STORE_*; what `parse` throws is thrown on.
 */
export async function changeRecord<T>(
  ledger: Ledger,
  id: string,
  parse: (record: unknown) => T,
  change: (record: T | null) => T | null,
): Promise<T | null> {
  for (let attempt = 0; attempt < MAX_SWAPS; attempt++) {
    const entry = await ledger.get(id)
    const old = entry ? parse(entry.record) : null
    const next = change(old)
    if (next === null) return old
    const stored = entry ? await ledger.update(id, entry.revision, next) : await ledger.create(id, next)
    if (stored) return next
  }
  throw new LakedeskError(
    'STORE_FAILED',
    `The record ${id} changes without end, so nothing was kept. Please try again.`,
  )
}
