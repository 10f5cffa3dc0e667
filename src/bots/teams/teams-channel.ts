// How the conversation core speaks in Teams: streamed in one-to-one chats, one message elsewhere.
import type { Channel } from '../../core/channel.ts'
import type { Log } from '../../core/log.ts'
import type { Reply } from '../../core/reply.ts'
import { toAddress } from '../../core/turn.ts'
import { createCollectedStream } from './collected-stream.ts'
import { deliverParts, readPartRefs } from './deliver-parts.ts'
import { createPersonalStream, type StreamPace } from './personal-stream.ts'
import { MAX_TEXT, renderTeamsMessage } from './render-teams-message.ts'
import type { TeamsConnector } from './send-reliably.ts'
import { isPersonal, parseTeamsAddress, type TeamsReference, threadOf } from './teams-address.ts'
import { toChannelFailed } from './teams-errors.ts'
import { offerFiles } from './teams-file.ts'

export interface TeamsChannelOptions {
  /** With retries, see createReliableConnector. */
  connector: TeamsConnector
  /** The same without retries. */
  once: TeamsConnector
  log: Log
  pace: StreamPace
}

/** Teams has no message for one person in a group: there the words that are meant for one begin with the name. */
function toNamed(reply: Reply, to: TeamsReference): Reply {
  if (reply.onlyTo === undefined || isPersonal(to) || !to.asker) return reply
  const name = to.asker.replace(/[^\p{L}\p{M}\p{N} .'’-]/gu, '').trim()
  return name === '' ? reply : { ...reply, text: `**${name}**: ${reply.text}` }
}

/** A channel without the thread: what is sent there begins a new one. */
function rootOf(conversation: string): string {
  return conversation.replace(/;messageid=.*$/, '')
}

export function createTeamsChannel({ connector, once, log, pace }: TeamsChannelOptions): Channel {
  return {
    name: 'teams',
    can: { stream: true, update: true, ephemeral: false, charts: true, asksReason: true, maxText: MAX_TEXT },
    async post(address, reply, delivery) {
      try {
        const to = parseTeamsAddress(address)
        // A form for that person alone can be shown where nobody else reads.
        if (to.quiet && !(isPersonal(to) && reply.blocks.some(({ kind }) => kind === 'form'))) {
          log.debug('a reply is not shown, since Teams has thanked by itself', { turn: reply.turn })
          return
        }
        const activities = renderTeamsMessage(toNamed(reply, to), isPersonal(to))
        await deliverParts(connector, to, delivery, activities, readPartRefs(delivery.refs))
        if (isPersonal(to)) await offerFiles(connector, to, delivery, reply)
      } catch (error) {
        throw toChannelFailed(error)
      }
    },
    home(to) {
      const { tenant, conversation } = parseTeamsAddress(to)
      return threadOf(tenant, conversation)
    },
    top(to) {
      const { asker: _, quiet: __, ...reference } = parseTeamsAddress(to)
      return toAddress(JSON.stringify({ ...reference, conversation: rootOf(reference.conversation) }))
    },
    below(to, message) {
      const reference = parseTeamsAddress(to)
      const [root] = readPartRefs([message]).values()
      if (reference.type !== 'channel' || root === undefined) return to
      const conversation = `${rootOf(reference.conversation)};messageid=${root}`
      return toAddress(JSON.stringify({ ...reference, conversation }))
    },
    stream(address, delivery) {
      const to = parseTeamsAddress(address)
      const parts = { connector, once, to, delivery, log }
      // A stream of an earlier try cannot be taken up again; its message is updated in place instead.
      const fresh = delivery.refs.length === 0 && !delivery.retry
      return isPersonal(to) && fresh ? createPersonalStream({ ...parts, pace }) : createCollectedStream(parts)
    },
  }
}
