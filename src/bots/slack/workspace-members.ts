// Says who somebody is, by one users.info for each person, kept for a while: a member or a guest of the team, and their name.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { toShortLabel } from '../../core/text/chart-text.ts'
import type { Person } from '../../core/turn.ts'
import { type SlackApi, SlackCallError } from './slack-api.ts'

export interface WorkspaceMembers {
  /** Rejects with CHANNEL_FAILED where Slack did not say. */
  isMember(user: Pick<Person, 'id' | 'tenant'>): Promise<boolean>
  /** As people see them, in one line; null where they have no name. Rejects with CHANNEL_FAILED where Slack did not say. */
  nameOf(user: Pick<Person, 'id' | 'tenant'>): Promise<string | null>
}

interface Member {
  isMember: boolean
  name: string | null
}

const KEEP_MS = 10 * 60_000
const MOST_KEPT = 2_000
const MAX_NAME = 80

const nameSchema = z.string().nullish().catch(null)

/** Slack names both kinds of guest, in one channel or in several, by these flags, and leaves them out for strangers. */
const answerSchema = z.object({
  user: z.object({
    is_restricted: z.boolean().optional(),
    is_ultra_restricted: z.boolean().optional(),
    is_stranger: z.boolean().optional(),
    deleted: z.boolean().optional(),
    real_name: nameSchema,
    profile: z.object({ display_name: nameSchema, real_name: nameSchema }).nullish().catch(null),
  }),
})

export function createWorkspaceMembers(api: Pick<SlackApi, 'call'>, now: () => number = Date.now): WorkspaceMembers {
  const known = new Map<string, { at: number; answer: Promise<Member> }>()

  function forget(key: string, answer: Promise<Member>): void {
    if (known.get(key)?.answer === answer) known.delete(key)
  }

  function find({ id, tenant }: Pick<Person, 'id' | 'tenant'>): Promise<Member> {
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
  }

  return {
    isMember: async (user) => (await find(user)).isMember,
    nameOf: async (user) => (await find(user)).name,
  }
}

type Described = z.infer<typeof answerSchema>['user']

function toName({ profile, real_name }: Described): string | null {
  const given = [profile?.display_name, profile?.real_name, real_name]
  return given.map((name) => toShortLabel(name ?? '', MAX_NAME)).find((name) => name !== '') ?? null
}

/** What Slack does not state counts against the person. */
async function ask(api: Pick<SlackApi, 'call'>, user: string): Promise<Member> {
  try {
    const { user: flags } = answerSchema.parse(await api.call('users.info', { user }))
    const isGuest = flags.is_restricted !== false || flags.is_ultra_restricted !== false
    return { isMember: !isGuest && flags.is_stranger !== true && flags.deleted !== true, name: toName(flags) }
  } catch (error) {
    const reason = error instanceof SlackCallError ? error.reason : 'an answer of an unknown shape'
    const fix =
      reason === 'missing_scope'
        ? ' Add the scope users:read to the Slack app (the manifest has it) and install it again.'
        : ''
    throw new LakedeskError('CHANNEL_FAILED', `Slack did not say who somebody is (users.info: ${reason}).${fix}`, error)
  }
}
