// The port of ledgers: plain records by id, each changed by compare and swap, for what the domain keeps for long.

/** What there is a ledger of. The records are plain data that only their own domain reads and checks. */
export const LEDGER_KINDS = [
  /** When something runs by itself, and where its result is shown. */
  'schedules',
  /** One night of one model: what was measured, announced and posted. */
  'nights',
  /** What a person said of one answer. */
  'feedback',
  /** Questions that feedback proposed for the labelled set. */
  'cases',
  /** Questions of the set that are not announced for a while. */
  'mutes',
  /** Who looks after a question of the set. */
  'assignments',
  /** A question with the answer as a person corrected it, to train on. */
  'pairs',
] as const
export type LedgerKind = (typeof LEDGER_KINDS)[number]

export interface LedgerEntry {
  id: string
  /** 1 at first; every change adds one. */
  revision: number
  createdAt: string
  updatedAt: string
  record: unknown
}

export interface Ledger {
  /** False where the id is there already: nothing is changed. Among many at once one wins. */
  create(id: string, record: unknown): Promise<boolean>
  get(id: string): Promise<LedgerEntry | null>
  /** Compare and swap: false where the revision is no longer the newest. */
  update(id: string, revision: number, record: unknown): Promise<boolean>
  /** False where there was none. */
  remove(id: string): Promise<boolean>
  /** Those created last come first. */
  list(limit: number): Promise<LedgerEntry[]>
}
