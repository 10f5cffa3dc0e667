// The Slack driver of the Channel port: posts, streams and reads threads.
import type { Channel, Delivery } from '../../core/channel.ts'
import type { DeliverParts } from './deliver-slack-reply.ts'
import { deliverReply } from './deliver-slack-reply.ts'
import { MAX_PAGES, readMessages } from './earlier-messages.ts'
import { homeThreadOf } from './home-turn.ts'
import { namePeople } from './name-people.ts'
import { createHomeStream, publishHome } from './publish-home.ts'
import { readSlackHistory } from './read-slack-history.ts'
import { MAX_MARKDOWN } from './render-slack-blocks.ts'
import { readSlackAddress, type SlackPlace, toSlackAddress } from './slack-address.ts'
import { SlackCallError } from './slack-api.ts'
import { threadOf } from './slack-keys.ts'
import { createSlackReplyStream, type StreamPace } from './slack-reply-stream.ts'
import { createWorkspaceMembers } from './workspace-members.ts'

/**
 * What is no reply to a turn, such as a copy of a card, comes hours after the command whose address it has: what was
 * asked is no heading for it, and the response address works no more.
 */
function placeOf(place: SlackPlace, { key }: Delivery): SlackPlace {
  if (key.startsWith('turn:')) return place
  const { question: _, responseUrl: __, ...rest } = place
  return rest
}

/** A place that outlives what was asked in it. */
function toStanding({ team, channel, user, userTeam, direct }: SlackPlace, thread: string | null): SlackPlace {
  return { team, channel, user, userTeam, direct, thread }
}

export function createSlackChannel(parts: DeliverParts & { pace: StreamPace; reactions: boolean }): Channel {
  const members = createWorkspaceMembers(parts.api)
  return {
    name: 'slack',
    can: { stream: true, update: true, ephemeral: true, charts: true, asksReason: true, maxText: MAX_MARKDOWN },
    async post(to, reply, delivery) {
      const place = readSlackAddress(to)
      if (place.home) await publishHome(parts.api, place, reply, delivery)
      else await deliverReply(parts, placeOf(place, delivery), reply, delivery)
    },
    stream(to, delivery) {
      const place = readSlackAddress(to)
      return place.home ? createHomeStream(parts.api, place, delivery) : createSlackReplyStream(parts, place, delivery)
    },
    home(to) {
      const { team, channel, thread, home } = readSlackAddress(to)
      if (home) return homeThreadOf(team, channel)
      return thread === null ? `slack:${team}:${channel}` : threadOf(team, channel, thread)
    },
    top: (to) => toSlackAddress(toStanding(readSlackAddress(to), null)),
    below(to, message) {
      const place = readSlackAddress(to)
      const ts = message.split(':').at(-1)
      return toSlackAddress(toStanding(place, place.thread ?? ts ?? null))
    },
    isMember: (user) => members.isMember(user),
    async history(to) {
      const place = readSlackAddress(to)
      if (place.thread === null) return []
      try {
        const rows = await readMessages(parts.api, place, { pageSize: 200, pages: MAX_PAGES })
        const earlier = rows.filter((row) => place.message === undefined || row.ts < place.message)
        const said = earlier.flatMap((row) => readSlackHistory(row, parts.me()))
        return await namePeople(said, parts.me().team, { members, log: parts.log })
      } catch (error) {
        if (!(error instanceof SlackCallError)) throw error
        // An answer without the thread's earlier words is better than none.
        parts.log.warn('The thread could not be read', { reason: error.reason })
        return []
      }
    },
  }
}
