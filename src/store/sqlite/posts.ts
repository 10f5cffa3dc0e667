// Messages that are no reply to one turn: copies of cards, notes, reminders, each edited whenever its reply changes.
import { z } from 'zod'
import { canonicalJson } from '../../core/digest.ts'
import { LakedeskError } from '../../core/errors.ts'
import { replySchema, requireStorable } from '../../core/reply.ts'
import { toAddress } from '../../core/turn.ts'
import type { Post, Posts } from '../port.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({
  key: z.string(),
  subject: z.string().nullable(),
  channel: z.string(),
  address: z.string().transform(toAddress),
  under: z.string().nullable(),
  refs: z.string(),
  reply: z.string(),
  revision: z.number(),
  shown: z.number(),
  attempts: z.number(),
  since: z.string(),
})
const refsSchema = z.array(z.string())

function toPost(row: unknown): Post {
  const { refs, reply, ...rest } = rowSchema.parse(row)
  return { ...rest, refs: refsSchema.parse(JSON.parse(refs)), reply: replySchema.parse(JSON.parse(reply)) }
}

function requirePost(row: unknown, key: string): Post {
  if (row === undefined) throw new LakedeskError('STORE_FAILED', `The store holds no message ${key}.`)
  return toPost(row)
}

export function createPosts(session: Session): Posts {
  const { db } = session
  const find = db.prepare('SELECT * FROM posts WHERE key = ?')
  const insert = db.prepare(
    'INSERT INTO posts (key, subject, channel, address, reply, since, under) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *',
  )
  const renew = db.prepare(
    'UPDATE posts SET reply = ?, revision = revision + 1, attempts = 0 WHERE key = ? RETURNING *',
  )
  const pending = db.prepare('SELECT * FROM posts WHERE shown < revision AND dropped < revision ORDER BY rowid')
  const setRefs = db.prepare('UPDATE posts SET refs = ? WHERE key = ?')
  const begin = db.prepare('UPDATE posts SET attempts = attempts + 1 WHERE key = ? RETURNING *')
  const shown = db.prepare('UPDATE posts SET shown = max(shown, ?), attempts = 0 WHERE key = ? RETURNING *')
  const drop = db.prepare('UPDATE posts SET dropped = revision WHERE key = ? RETURNING *')
  const ofSubject = db.prepare('SELECT * FROM posts WHERE subject = ? ORDER BY rowid')

  return {
    put: ({ key, subject, channel, address, reply, under }) =>
      session.write(() => {
        const row = find.get(key)
        const text = canonicalJson(requireStorable(reply))
        if (row === undefined) {
          const since = new Date(session.now()).toISOString()
          return toPost(insert.get(key, subject, channel, address, text, since, under ?? null))
        }
        const post = toPost(row)
        return canonicalJson(post.reply) === text ? post : requirePost(renew.get(text, key), key)
      }),
    get: (key) =>
      session.read(() => {
        const row = find.get(key)
        return row === undefined ? null : toPost(row)
      }),
    pending: () => session.read(() => pending.all().map(toPost)),
    recordRef: (key, ref) =>
      session.write(() => {
        const { refs } = requirePost(find.get(key), key)
        if (!refs.includes(ref)) setRefs.run(JSON.stringify([...refs, ref]), key)
      }),
    begin: (key) => session.write(() => void requirePost(begin.get(key), key)),
    shown: (key, revision) => session.write(() => void requirePost(shown.get(revision, key), key)),
    drop: (key) => session.write(() => void requirePost(drop.get(key), key)),
    ofSubject: (subject) => session.read(() => ofSubject.all(subject).map(toPost)),
  }
}
