// Calls a tool for a command or a button, through the one gate, and says how it ended.
import type { People } from '../approvals/people.ts'
import { assertNever } from '../core/assert-never.ts'
import type { Channel } from '../core/channel.ts'
import { toIdentity } from '../core/identity.ts'
import type { Outcome } from '../core/outcome.ts'
import { type Reply, type Saying, toPlainReply } from '../core/reply.ts'
import type { Turn } from '../core/turn.ts'
import type { Actor, Place, Store } from '../store/port.ts'
import type { ToolContext } from '../tools/define-tool.ts'
import { createPassageBook } from '../tools/passage-book.ts'
import { runTool } from '../tools/run-tool.ts'
import { type Known, UNSURE } from './know-person.ts'
import { type HistoryParts, readThread } from './read-history.ts'
import type { Plan } from './route-turn.ts'

export interface CallParts extends HistoryParts {
  store: Store
  people: People
  /** Where what needs an approval is asked for; where it is absent such tools are refused. */
  approvals: ToolContext['approvals']
}

/** `card`: id of the approval, or of what else people may change, that the reply is the card of. */
export interface Called {
  reply: Reply
  card?: string
}

/** What a tool says, as the reply of a turn. */
export function toSaidReply(turnId: string, saying: Saying, more: Partial<Reply> = {}): Reply {
  const { text, blocks = [], buttons = [], footer } = saying
  return toPlainReply(turnId, text, { blocks, buttons, ...(footer === undefined ? {} : { footer }), ...more })
}

function say(turn: Turn, plan: Extract<Plan, { kind: 'tool' }>, outcome: Outcome): Called {
  const onlyTo = turn.user.id
  switch (outcome.kind) {
    case 'done': {
      const saying = plan.tool.toSaying?.(outcome.value) ?? { text: plan.tool.toModelText(outcome.value) }
      const reply = toSaidReply(turn.id, saying, { outcome: 'done', ...(plan.private ? { onlyTo } : {}) })
      return { reply, ...(outcome.card === undefined || plan.private ? {} : { card: outcome.card }) }
    }
    case 'refused': {
      if (outcome.says) return { reply: toSaidReply(turn.id, outcome.says, { outcome: 'refused' }) }
      return { reply: toPlainReply(turn.id, outcome.why, { outcome: 'refused', onlyTo }) }
    }
    case 'waiting':
      return { reply: toSaidReply(turn.id, outcome.says, { outcome: 'waiting' }), card: outcome.approval }
    default:
      return assertNever(outcome)
  }
}

/** Where it was asked. The place of a command that has no thread is the channel it was written in. */
export function toPlace({ channel, address, thread }: Turn, face: Channel): Place {
  return { channel, address, thread: face.home?.(address) ?? thread }
}

/** Who acts, linked over all faces. */
export function toActor({ channel, user }: Turn, people: People): Actor {
  return people.toActor(toIdentity(channel, user), user.name)
}

/** Rejects with what the tool broke on. */
export async function callTool(
  plan: Extract<Plan, { kind: 'tool' }>,
  { turn, unsure }: Known,
  voice: { channel: Channel; signal: AbortSignal },
  parts: CallParts,
): Promise<Called> {
  const { tool } = plan
  const { store, people, approvals } = parts
  const began = performance.now()
  const outcome = await runTool(tool, plan.input, {
    turnId: turn.id,
    user: turn.user,
    actor: toActor(turn, people),
    place: toPlace(turn, voice.channel),
    signal: voice.signal,
    audit: store.audit,
    passages: createPassageBook(),
    earlier: () => readThread(turn, { ...parts, channel: voice.channel }),
    ...(approvals ? { approvals } : {}),
  })
  const ms = Math.round(performance.now() - began)
  parts.log.debug('A tool was called', { turn: turn.id, tool: tool.name, outcome: outcome.kind, ms })
  const isDoubt = unsure && !tool.openToGuests && outcome.kind === 'refused'
  return say(turn, plan, isDoubt ? { kind: 'refused', why: UNSURE } : outcome)
}
