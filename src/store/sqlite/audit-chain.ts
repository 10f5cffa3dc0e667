// The hash chain of the audit: how a line is hashed, and the walk that finds the first link that does not hold.
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../core/digest.ts'
import type { AuditHead, AuditLine } from '../port.ts'

/** What the first line has as the hash before it. */
export const NO_HASH = '0'.repeat(64)

/** One line of the audit with its place in the chain: what a JSONL export holds, one a line. */
export interface AuditEntry extends AuditLine {
  /** 1 for the first line; every line adds one. */
  seq: number
  prevHash: string
  hash: string
}

export interface BrokenLink {
  /** The line that was changed, or the first one that is missing. */
  seq: number
  /** When that line says it was written; null where it cannot be read. */
  at: string | null
  what: string | null
  /** One sentence. */
  why: string
}

export interface AuditReport {
  /** Lines that hold, from the first on. */
  lines: number
  /** The last hash that holds: noted elsewhere, it proves later that nothing before it was changed. */
  head: string
  broken: BrokenLink | null
}

/**
 * `hash = sha256(prevHash + canonicalJson({seq, at, actor, what, turnId, outcome, detail}))` as 64 hexadecimal digits, over
 * the UTF-8 bytes; canonicalJson sorts the keys of every object by code unit and writes no space (src/core/digest.ts).
 */
export function hashLine(prevHash: string, seq: number, line: AuditLine): string {
  const { at, actor, what, turnId, outcome, detail } = line
  return createHash('sha256')
    .update(prevHash + canonicalJson({ seq, at, actor, what, turnId, outcome, detail }))
    .digest('hex')
}

/** The line as it reads back from text, so that its hash is the same when it is read: no dates, no halves of characters. */
export function toStorable(line: AuditLine): AuditLine {
  const detail: unknown = JSON.parse(JSON.stringify(line.detail))
  return {
    at: line.at.toWellFormed(),
    actor: line.actor.toWellFormed(),
    what: line.what.toWellFormed(),
    turnId: line.turnId.toWellFormed(),
    outcome: line.outcome,
    detail: typeof detail === 'object' && detail !== null ? { ...detail } : {},
  }
}

/** Puts a line behind the head. */
export function toEntry(head: AuditHead, line: AuditLine): AuditEntry {
  const storable = toStorable(line)
  const seq = head.lines + 1
  return { seq, ...storable, prevHash: head.hash, hash: hashLine(head.hash, seq, storable) }
}

export interface ChainWalk {
  /** The first fault, or null where the line follows; nothing more may be passed after a fault. */
  next(entry: AuditEntry): BrokenLink | null
  /** Where the walk stands. */
  head(): AuditHead
}

/** Walks a chain from its first line. */
export function createChainWalk(): ChainWalk {
  let lines = 0
  let hash = NO_HASH
  return {
    next(entry) {
      const { seq, at, what } = entry
      const expected = lines + 1
      if (seq > expected) {
        return {
          seq: expected,
          at: null,
          what: null,
          why: `Line ${expected} is missing: line ${seq} comes after line ${lines}.`,
        }
      }
      if (seq < expected) {
        return { seq, at, what, why: `Line ${seq} stands where line ${expected} should: lines were moved or repeated.` }
      }
      if (hashLine(entry.prevHash, seq, entry) !== entry.hash) {
        return { seq, at, what, why: `Line ${seq} was changed: its hash does not fit what it says.` }
      }
      if (entry.prevHash !== hash) {
        return { seq, at, what, why: `Line ${seq} does not follow line ${lines}: one of them was replaced.` }
      }
      lines = seq
      hash = entry.hash
      return null
    },
    head: () => ({ lines, hash }),
  }
}

/** Compares where a walk ended with where the record says it ends. */
export function compareHead(walked: AuditHead, recorded: AuditHead): BrokenLink | null {
  const missing = walked.lines + 1
  if (recorded.lines > walked.lines) {
    const why = `Line ${missing} is missing: the record ends after line ${walked.lines}, but ${recorded.lines} lines were written.`
    return { seq: missing, at: null, what: null, why }
  }
  if (recorded.lines < walked.lines) {
    const seq = recorded.lines + 1
    return {
      seq,
      at: null,
      what: null,
      why: `Line ${seq} was added outside Lakedesk: only ${recorded.lines} lines were written.`,
    }
  }
  if (recorded.hash === walked.hash) return null
  const why = `Line ${walked.lines} is not the last one that was written: its hash is not the recorded head.`
  return { seq: walked.lines, at: null, what: null, why }
}
