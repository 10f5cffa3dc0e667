// Several consoles in one process: each has its own screen, and what is meant for one that left goes nowhere.
import { randomUUID } from 'node:crypto'
import type { Conversation } from '../../conversation/port.ts'
import type { Channel } from '../../core/channel.ts'
import { type Address, toAddress } from '../../core/turn.ts'
import { type ConsoleBot, createConsoleBot } from './console-bot.ts'
import { type ConsoleScreen, createConsoleChannel } from './console-channel.ts'
import type { FileKeeping } from './keep-files.ts'

export interface ConsoleDoor {
  /** A console for one visitor, until `close`. */
  open(screen: ConsoleScreen, user: string): { bot: ConsoleBot; close(): void }
}

const NOWHERE: ConsoleScreen = { write() {}, status() {}, style: { color: false } }

/** Registers the console with the conversation core, once for all visitors. */
export function createConsoleDoor(conversation: Conversation, keeping: FileKeeping = {}): ConsoleDoor {
  const channels = new Map<Address, Channel>()
  const gone = createConsoleChannel(NOWHERE)
  const at = (address: Address): Channel => channels.get(address) ?? gone
  conversation.register({
    ...gone,
    post: (to, reply, delivery) => at(to).post(to, reply, delivery),
    stream: (to, delivery) => at(to).stream(to, delivery),
  })
  return {
    open(screen, user) {
      const address = toAddress(`console:${randomUUID()}`)
      const attach = (channel: Channel): void => void channels.set(address, channel)
      const bot = createConsoleBot({
        ...{ conversation, screen, user, oneShot: true, at: { address, attach } },
        ...keeping,
      })
      return { bot, close: () => void channels.delete(address) }
    },
  }
}
