// Tells members of the workspace from its guests, who share its team id: one users.info for each person, kept for a while.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { Person } from '../../core/turn.ts'
import { type SlackApi, SlackCallError } from './slack-api.ts'

export interface WorkspaceMembers {
  /** Rejects with CHANNEL_FAILED where Slack did not say. */
  isMember(user: Pick<Person, 'id' | 'tenant'>): Promise<boolean>
}

const KEEP_MS = 10 * 60_000
const MOST_KEPT = 2_000

/** Slack names both kinds of guest, in one channel or in several, by these flags, and leaves them out for strangers. */
const answerSchema = z.object({
  user: z.object({
    is_restricted: z.boolean().optional(),
    is_ultra_restricted: z.boolean().optional(),
    is_stranger: z.boolean().optional(),
    deleted: z.boolean().optional(),
  }),
})

export function createWorkspaceMembers(api: Pick<SlackApi, 'call'>, now: () => number = Date.now): WorkspaceMembers {
  const known = new Map<string, { at: number; answer: Promise<boolean> }>()

  function forget(key: string, answer: Promise<boolean>): void {
    if (known.get(key)?.answer === answer) known.delete(key)
  }

  return {
    isMember({ id, tenant }) {
      const key = `${tenant}/${id}`
      const kept = known.get(key)
      if (kept && now() - kept.at < KEEP_MS) return kept.answer
      const answer = ask(api, id)
      known.delete(key)
      known.set(key, { at: now(), answer })
      // What failed is asked again the next time.
      answer.catch(() => forget(key, answer))
      const [oldest] = known.keys()
      if (known.size > MOST_KEPT && oldest !== undefined) known.delete(oldest)
      return answer
    },
  }
}

/** What Slack does not state counts against the person. */
async function ask(api: Pick<SlackApi, 'call'>, user: string): Promise<boolean> {
  try {
    const { user: flags } = answerSchema.parse(await api.call('users.info', { user }))
    const isGuest = flags.is_restricted !== false || flags.is_ultra_restricted !== false
    return !isGuest && flags.is_stranger !== true && flags.deleted !== true
  } catch (error) {
    const reason = error instanceof SlackCallError ? error.reason : 'an answer of an unknown shape'
    const fix =
      reason === 'missing_scope'
        ? ' Add the scope users:read to the Slack app (the manifest has it) and install it again.'
        : ''
    throw new LakedeskError('CHANNEL_FAILED', `Slack did not say who somebody is (users.info: ${reason}).${fix}`, error)
  }
}
