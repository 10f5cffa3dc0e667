// What every part of the store works with: the open database, the clock, and the two ways to touch it.
import type { DatabaseSync } from 'node:sqlite'

export interface Session {
  readonly db: DatabaseSync
  /** Milliseconds since 1970. */
  now(): number
  /** Runs the job in a transaction that is on disk when the promise resolves. */
  write<T>(job: () => T): Promise<T>
  /** Runs the job; errors come out translated. */
  read<T>(job: () => T): Promise<T>
}
