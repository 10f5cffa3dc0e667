// The names of the moments at which a move waits for something outside: where a process may die, and what the log tells.

/**
 * Every await of the saga on an effect, a read of the outside or a journal write. `canary`, `alias`, `endpoint`, `wait`,
 * `probe` and `undo` are the steps of docs/promotion.md. `*.journal` comes before the effects of its step.
 */
export const SAGA_POINTS = [
  'lock.read',
  'lock.begin',
  'lock.pause',
  'lock.find-audit',
  'lock.audit',
  'progress',
  'resume.alias',
  'resume.describe',
  'recheck.read',
  'canary.describe',
  'canary.busy',
  'canary.journal',
  'canary.update',
  'canary.poll',
  'canary.pause',
  'canary.ask',
  'canary.ask-again',
  'canary.observe-journal',
  'canary.observe-poll',
  'canary.observe-pause',
  'alias.read',
  'alias.journal',
  'alias.write',
  'endpoint.describe',
  'endpoint.busy',
  'endpoint.journal',
  'endpoint.update',
  'wait.journal',
  'wait.poll',
  'wait.pause',
  'probe.journal',
  'probe.ask',
  'probe.ask-again',
  'check.alias',
  'check.describe',
  'undo.journal',
  'undo.read-alias',
  'undo.look',
  'undo.describe',
  'undo.busy',
  'undo.update',
  'undo.poll',
  'undo.pause',
  'undo.write-alias',
  'undo.check-alias',
  'undo.check-endpoint',
  'undo.retry',
  'end.journal',
  'end.write',
] as const

export type SagaPoint = (typeof SAGA_POINTS)[number]

/** Told before and after each point; the saga waits for it. */
export type OnPoint = (point: SagaPoint, when: 'before' | 'after') => void | Promise<void>
