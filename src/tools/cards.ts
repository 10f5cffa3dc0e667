// The copies of an approval's card in every place that shows it, the note where it was asked, and the reminder.
import { describeState, isLive, tellAsker, toMoment } from '../approvals/approval-words.ts'
import { digestOf } from '../core/digest.ts'
import { type Reply, type Saying, toPlainReply } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { Address } from '../core/turn.ts'
import type { ApprovalRecord, Approvals, Place, Places, Post, Posts } from '../store/port.ts'
import type { AnyTool } from './define-tool.ts'

/** Topic of the places that show every card. */
export const APPROVALS_TOPIC = 'approvals'

export interface Cards {
  /** Shows the card in one more place, from now on kept current. The same key again is the same message. */
  addCopy(id: string, place: Place, key: string): Promise<void>
  /** A copy for every subscribed place other than where it was asked, and all copies as the approval stands now. */
  announce(id: string): Promise<void>
  /** Every copy as the approval stands now. */
  refresh(id: string): Promise<void>
  /**
   * A plain message in the thread where it was asked, once for each state; where it failed or was undone, also in every other
   * place that shows its card, since an edited card notifies nobody.
   */
  note(approval: ApprovalRecord, text: string): Promise<void>
  /**
   * What an operation has to say beside its card, as a message of its own in the thread where it was asked. The first one
   * counts: an operation that ends a second time after a crash says nothing again.
   */
  say(approval: ApprovalRecord, saying: Saying): Promise<void>
  /** One message to each place that shows it, where it still waits. Safe to call again. */
  remind(approval: ApprovalRecord): Promise<void>
}

export interface CardParts {
  store: { posts: Posts; places: Places; approvals: Pick<Approvals, 'get'> }
  /** The tool of that name. */
  find(tool: string): AnyTool | undefined
  /** The place that an address leads to, as in Place.thread; null where its face is not running. */
  homeOf?(channel: string, address: Address): string | null
  /** Lets the pump look for posts that are not shown. */
  wake(): void
}

export function createCards(parts: CardParts): Cards {
  const inTurn = createQueues()
  const { posts } = parts.store
  const onCard = (id: string, job: (approval: ApprovalRecord) => Promise<void>): Promise<void> =>
    inTurn(id, async () => {
      const approval = await parts.store.approvals.get(id)
      if (!approval) return
      await job(approval)
      parts.wake()
    })
  return {
    addCopy: (id, place, key) => onCard(id, (approval) => putCopy(approval, place, key, parts)),
    announce: (id) =>
      onCard(id, async (approval) => {
        for (const place of await elsewhere(approval, parts)) {
          await putCopy(approval, place, `card:${id}:${shorten(place.thread)}`, parts)
        }
        await renewCopies(approval, parts)
      }),
    refresh: (id) => onCard(id, (approval) => renewCopies(approval, parts)),
    async note(approval, text) {
      const { place, id, state } = approval
      const reply = toPlainReply(toTurn(id), text, { outcome: toReplyOutcome(approval) })
      const key = `note:${id}:${state}`
      if (place) await posts.put({ key, subject: null, ...toTarget(place), reply })
      for (const [home, copy] of await copiesBeside(approval, parts)) {
        await posts.put({ key: `${key}:${shorten(home)}`, subject: null, ...toTarget(copy), reply })
      }
      parts.wake()
    },
    async say({ id, place }, { text, blocks = [], buttons = [], footer }) {
      const key = `ending:${id}`
      if (!place || (await posts.get(key))) return
      const more = footer === undefined ? {} : { footer }
      const reply = toPlainReply(toTurn(id), text, { blocks, buttons, ...more, outcome: 'done' })
      await posts.put({ key, subject: null, ...toTarget(place), reply })
      parts.wake()
    },
    remind: ({ id }) =>
      onCard(id, async (approval) => {
        // It may have been decided since somebody looked at the clock.
        if (approval.state !== 'open') return
        const places = [...(approval.place ? [approval.place] : []), ...(await elsewhere(approval, parts))]
        const reply = toReminder(approval)
        for (const place of places) {
          const key = `remind:${id}:${shorten(place.thread)}`
          await posts.put({ key, subject: null, ...toTarget(place), reply })
        }
      }),
  }
}

/** Work on the copies of one card follows one another, so that the newest state is what is written last. */
export function createQueues(): (id: string, job: () => Promise<void>) => Promise<void> {
  const tails = new Map<string, Promise<void>>()
  return (id, job) => {
    const before = tails.get(id) ?? Promise.resolve()
    const done = before.catch(() => {}).then(job)
    tails.set(id, done)
    const forget = () => void (tails.get(id) === done && tails.delete(id))
    done.then(forget, forget)
    return done
  }
}

/** Subscribed places other than the thread it was asked in. */
async function elsewhere(approval: ApprovalRecord, { store }: CardParts): Promise<Place[]> {
  const places = await store.places.list(APPROVALS_TOPIC)
  return places.filter(({ thread }) => thread !== approval.place?.thread)
}

/** One copy per place other than where it was asked, if it ended badly; none that was first shown after the end. */
async function copiesBeside(approval: ApprovalRecord, parts: CardParts): Promise<Map<string, Post>> {
  const { id, state, closedAt, place } = approval
  const found = new Map<string, Post>()
  if (state !== 'failed' && state !== 'undone') return found
  for (const post of await parts.store.posts.ofSubject(id)) {
    const home = parts.homeOf?.(post.channel, post.address) ?? post.address
    const isAsked = place !== null && (home === place.thread || post.address === place.address)
    const isLate = closedAt !== null && post.since > closedAt
    if (!isAsked && !isLate && !found.has(home)) found.set(home, post)
  }
  return found
}

async function putCopy(approval: ApprovalRecord, place: Place, key: string, parts: CardParts): Promise<void> {
  const reply = toCardReply(approval, parts, toTurn(approval.id))
  await parts.store.posts.put({ key, subject: approval.id, ...toTarget(place), reply })
}

async function renewCopies(approval: ApprovalRecord, parts: CardParts): Promise<void> {
  for (const { key, subject, channel, address, reply } of await parts.store.posts.ofSubject(approval.id)) {
    await parts.store.posts.put({ key, subject, channel, address, reply: toCardReply(approval, parts, reply.turn) })
  }
}

function toCardReply(approval: ApprovalRecord, { find }: CardParts, turn: string): Reply {
  const side = find(approval.tool)?.approval
  // The tool may be gone after an update: the card still says how the request ended, without buttons.
  const saying: Saying = side ? side.card(approval) : { text: describeState(approval) }
  const { text, blocks = [], buttons = [], footer } = saying
  const more = footer === undefined ? {} : { footer }
  return toPlainReply(turn, text, { blocks, buttons, ...more, outcome: toReplyOutcome(approval) })
}

function toReplyOutcome(approval: ApprovalRecord): 'done' | 'refused' | 'waiting' {
  if (isLive(approval)) return 'waiting'
  return approval.state === 'done' ? 'done' : 'refused'
}

function toReminder(approval: ApprovalRecord): Reply {
  const { id, createdAt, expiresAt, rule, tool } = approval
  const who = rule.who.kind === 'listed' ? ` These may decide: ${rule.who.principals.map(toPlainLine).join(', ')}.` : ''
  const text = `Reminder: request ${id} (${tool}), ${tellAsker(approval)} at ${toMoment(createdAt)}, still waits for a decision. It expires at ${toMoment(expiresAt)}.${who}`
  const button = { action: 'show-card', label: 'Show the card', value: { approval: id } }
  return toPlainReply(toTurn(id), text, { buttons: [button], outcome: 'waiting' })
}

function toTurn(id: string): string {
  return `approval ${id}`
}

function toTarget({ channel, address }: Pick<Place, 'channel' | 'address'>): Pick<Place, 'channel' | 'address'> {
  return { channel, address }
}

function shorten(thread: string): string {
  return digestOf(thread).slice(0, 8)
}
