// The journal of operations in several steps, so that a crash between two of them resumes or undoes.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { AuditLine, SagaRecord, Sagas } from '../port.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({
  id: z.string(),
  subject: z.string(),
  step: z.string(),
  state: z.string(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  outcome: z.string().nullable(),
})

function toSaga(row: unknown): SagaRecord {
  const { started_at, ended_at, state, ...rest } = rowSchema.parse(row)
  return { ...rest, state: JSON.parse(state), startedAt: started_at, endedAt: ended_at }
}

function toText(state: unknown): string {
  return JSON.stringify(state) ?? 'null'
}

export function createSagas(session: Session, appendAudit: (line: AuditLine) => void): Sagas {
  const { db } = session
  const find = db.prepare('SELECT * FROM sagas WHERE id = ?')
  const holder = db.prepare('SELECT * FROM sagas WHERE subject = ? AND ended_at IS NULL')
  const insert = db.prepare('INSERT INTO sagas (id, subject, step, state, started_at) VALUES (?, ?, ?, ?, ?)')
  const save = db.prepare('UPDATE sagas SET step = ?, state = ? WHERE id = ? AND ended_at IS NULL RETURNING id')
  const end = db.prepare('UPDATE sagas SET ended_at = ?, outcome = ? WHERE id = ? AND ended_at IS NULL RETURNING id')
  const unfinished = db.prepare('SELECT * FROM sagas WHERE ended_at IS NULL ORDER BY rowid')
  const toTime = () => new Date(session.now()).toISOString()

  function refuse(id: string): never {
    throw new LakedeskError('STORE_FAILED', `The store holds no running operation ${id}.`)
  }

  return {
    begin: ({ id, subject, step, state }) =>
      session.write(() => {
        const own = find.get(id)
        const other = own ?? holder.get(subject)
        if (other !== undefined) {
          const saga = toSaga(other)
          return saga.id === id && saga.endedAt === null ? { kind: 'begun' } : { kind: 'taken', by: saga }
        }
        insert.run(id, subject, step, toText(state), toTime())
        return { kind: 'begun' }
      }),
    save: (id, step, state) =>
      session.write(() => {
        if (save.get(step, toText(state), id) === undefined) refuse(id)
      }),
    end: (id, outcome, audit) =>
      session.write(() => {
        if (end.get(toTime(), outcome, id) !== undefined) appendAudit(audit)
        else if (find.get(id) === undefined) refuse(id)
      }),
    get: (id) =>
      session.read(() => {
        const row = find.get(id)
        return row === undefined ? null : toSaga(row)
      }),
    unfinished: () => session.read(() => unfinished.all().map(toSaga)),
  }
}
