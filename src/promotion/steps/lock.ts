// Takes the lock of the model for a move, or finds the journal of the same move from before a crash.
import { LakedeskError } from '../../core/errors.ts'
import type { SagaRecord } from '../../store/port.ts'
import { toMoveLine } from '../saga-audit.ts'
import { type Journal, readJournal, startJournal } from '../saga-journal.ts'
import type { Move, SagaEnding } from '../saga-move.ts'
import { createPoint, defaultSleep, type SagaHands, type SagaParts, type Walk } from '../saga-walk.ts'

export type Lock = { kind: 'held'; journal: Journal; resumed: boolean } | { kind: 'ended'; ending: SagaEnding }

/** Lines of moves that stopped, among which one from before a crash stands. */
const RECENT = 100

/** What a move locks: alias and endpoint of one model move one at a time. */
export function toSagaSubject(move: Pick<Move, 'model'>): string {
  return `model:${move.model}`
}

/** True for the subject of a move; other operations lock in other words. */
export function isSagaSubject(subject: string): boolean {
  return subject.startsWith('model:')
}

function readEnding(record: SagaRecord): SagaEnding {
  const { ending } = readJournal(record)
  if (!ending) throw new LakedeskError('STORE_CORRUPT', `The move ${record.id} ended without telling how. See the log.`)
  return { state: ending.state, outcome: ending.outcome }
}

/** What an earlier run left in the journal; null where none began. Throws STORE_CORRUPT where it cannot be read. */
export async function findLock(parts: SagaParts, approval: string): Promise<Lock | null> {
  const point = createPoint(parts)
  const known = await point('lock.read', () => parts.sagas.get(approval))
  if (!known) return null
  return known.endedAt
    ? { kind: 'ended', ending: readEnding(known) }
    : { kind: 'held', journal: readJournal(known), resumed: true }
}

/** Waits up to waitMinutes where another move holds the model; then ends as failed, with nothing changed. */
export async function takeLock(parts: SagaParts, move: Move, { signal }: SagaHands): Promise<Lock> {
  const { sagas, now = Date.now, sleep = defaultSleep, pollMs = 5000 } = parts
  const point = createPoint(parts)
  const known = await findLock(parts, move.approval)
  if (known) return known
  const journal = startJournal(move)
  const subject = toSagaSubject(move)
  const until = now() + move.waitMinutes * 60_000
  for (;;) {
    signal.throwIfAborted()
    const lock = await point('lock.begin', () =>
      sagas.begin({ id: move.approval, subject, step: 'lock', state: journal }),
    )
    if (lock.kind === 'begun') return { kind: 'held', journal, resumed: false }
    if (now() >= until) return { kind: 'ended', ending: await giveUp(parts, point, move, lock.by) }
    await point('lock.pause', () => sleep(pollMs, signal))
  }
}

/** A move without the lock has no journal, so a line from before a crash is looked for. */
async function giveUp(parts: SagaParts, point: Walk['point'], move: Move, by: SagaRecord): Promise<SagaEnding> {
  const { audit, now = Date.now } = parts
  const outcome = `Nothing was changed: the move of approval ${by.id}, begun at ${by.startedAt}, still holds ${move.model} after ${move.waitMinutes} minutes. Ask again when it has ended.`
  const line = toMoveLine(move, { what: 'stop-move', outcome: 'failed', at: now() }, { why: outcome })
  const lines = await point('lock.find-audit', () => audit.list({ limit: RECENT, what: line.what }))
  if (!lines.some(({ turnId }) => turnId === line.turnId)) await point('lock.audit', () => audit.append(line))
  return { state: 'failed', outcome }
}
