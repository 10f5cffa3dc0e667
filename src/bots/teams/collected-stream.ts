// A reply where Teams cannot stream: groups, channels, and repairs. One placeholder, filled when the reply is complete.
import type { Delivery, ReplyStream } from '../../core/channel.ts'
import type { Log } from '../../core/log.ts'
import { deliverParts, openPart, PLACEHOLDER, readPartRefs } from './deliver-parts.ts'
import { renderTeamsMessage } from './render-teams-message.ts'
import type { TeamsConnector } from './send-reliably.ts'
import { isPersonal, type TeamsReference } from './teams-address.ts'
import { toChannelFailed } from './teams-errors.ts'
import { offerFiles } from './teams-file.ts'

export interface StreamParts {
  /** With retries. */
  connector: TeamsConnector
  /** Without: for calls that are better dropped than repeated. */
  once: TeamsConnector
  to: TeamsReference
  delivery: Delivery
  log: Log
}

export function createCollectedStream({ connector, once, to, delivery, log }: StreamParts): ReplyStream {
  const known = readPartRefs(delivery.refs)
  let opening: Promise<void> | null = null

  async function open(status: string): Promise<void> {
    try {
      await once.create(to, { type: 'typing' }).catch((error: unknown) => {
        log.debug('the typing sign was not taken', { cause: error })
      })
      if (!known.has(0)) known.set(0, await openPart(connector, to, delivery, 0, status || PLACEHOLDER))
    } catch (error) {
      // `finish` tries again and reports what then goes wrong.
      log.warn('no placeholder could be created in Teams', { cause: error })
    }
  }

  return {
    stopped: new AbortController().signal,
    write() {
      opening ??= open('')
    },
    status(text) {
      opening ??= open(text)
    },
    async finish(reply) {
      await opening
      try {
        await deliverParts(connector, to, delivery, renderTeamsMessage(reply, isPersonal(to)), known)
        if (isPersonal(to)) await offerFiles(connector, to, delivery, reply)
      } catch (error) {
        throw toChannelFailed(error)
      }
    },
  }
}
