// The port of the audit: lines that are only ever added, each chained to the one before.

export interface AuditLine {
  at: string
  /** `<tenant>/<user>` */
  actor: string
  /** Verb-noun, such as `search-docs` or `give-feedback`. */
  what: string
  turnId: string
  outcome: 'done' | 'refused' | 'waiting' | 'failed'
  detail: Readonly<Record<string, unknown>>
}

/** A line as it stands in the chain. `at` is what the clock said then; only `seq` tells which line came first. */
export interface ListedLine extends AuditLine {
  /** 1 for the first line; every line adds one. */
  seq: number
}

/** Where the hash chain of the audit stands: each line's hash covers the line and the hash before it. */
export interface AuditHead {
  /** Lines written so far. */
  lines: number
  /** 64 hexadecimal digits; all zero before the first line. */
  hash: string
}

export interface Audit {
  append(line: AuditLine): Promise<void>
  /** Newest first. `after`: only lines with a greater seq. */
  list(options: { limit: number; what?: string; after?: number }): Promise<ListedLine[]>
}

/** The audit as a hash chain. */
export interface AuditChain extends Audit {
  head(): Promise<AuditHead>
}
