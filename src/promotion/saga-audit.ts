// The audit line that a move ends with: what moved, who asked, who approved, on which evaluation and policy.
import type { AuditLine } from '../store/port.ts'
import type { Move } from './saga-move.ts'

/** `undo-move`: all was put back. `void-move`: nothing was begun. `stop-move`: a person must look. */
export const MOVE_LINES = ['move-champion', 'undo-move', 'void-move', 'stop-move'] as const

export interface MoveLine {
  what: (typeof MOVE_LINES)[number]
  outcome: AuditLine['outcome']
  /** Milliseconds since 1970. */
  at: number
}

/** The detail is read again by createChampionRecord. */
export function toMoveLine(move: Move, line: MoveLine, more: Readonly<Record<string, unknown>> = {}): AuditLine {
  const { kind, approval, model, alias, endpoint, from, to, evidence, forced, asker, approvers } = move
  return {
    at: new Date(line.at).toISOString(),
    actor: asker.identity.split('/').slice(1).join('/') || asker.identity,
    what: line.what,
    turnId: `approval:${approval}`,
    outcome: line.outcome,
    detail: {
      kind,
      approval,
      model,
      alias,
      endpoint,
      from,
      to,
      run: evidence.candidateRun,
      policy: evidence.policy,
      seal: evidence.seal,
      forced,
      asker,
      approvers,
      ...more,
    },
  }
}
