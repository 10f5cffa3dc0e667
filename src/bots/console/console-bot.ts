// The console face: a chat in the terminal, and one question for scripts, through the same conversation core.
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Conversation } from '../../conversation/port.ts'
import type { Citation } from '../../core/passage.ts'
import type { Reply } from '../../core/reply.ts'
import { type MessageTurn, type Person, toAddress } from '../../core/turn.ts'
import { type ConsoleScreen, createConsoleChannel } from './console-channel.ts'

const HELP = `  Type a question and press Enter. A follow-up ("and on Azure?") belongs to the same conversation.
  /new   start a new conversation
  /help  show this
  /quit  leave (Ctrl-D works too; Ctrl-C stops a running answer)
`

export interface ConsoleBotOptions {
  conversation: Conversation
  screen: ConsoleScreen
  /** Name of the operating system's user. */
  user: string
}

/** What `lakedesk ask --json` prints. */
export interface JsonAnswer {
  answer: string
  refused: boolean
  citations: Citation[]
  version: string | undefined
  turn: string
}

export interface ConsoleBot {
  /** Reads lines until the input ends. Resolves to false where any line could not be answered. */
  chat(input: NodeJS.ReadableStream & { isTTY?: boolean }): Promise<boolean>
  /** Asks one question after these earlier ones; the last reply. */
  ask(question: string, after: readonly string[]): Promise<Reply>
}

/** The citations of a reply, best first. */
export function citationsOf(reply: Reply): Citation[] {
  return reply.blocks.flatMap((block) => (block.kind === 'citations' ? block.citations : []))
}

/** The reply as data for scripts. */
export function toJsonAnswer(reply: Reply): JsonAnswer {
  return {
    answer: reply.text,
    refused: reply.refused ?? false,
    citations: citationsOf(reply),
    version: reply.version,
    turn: reply.turn,
  }
}

/** True where the turn was answered (an honest refusal is an answer); false where something broke or was not asked. */
export function isAnswered(reply: Reply): boolean {
  return reply.version !== undefined
}

function toTurn(text: string, thread: string, user: Person): MessageTurn {
  const id = randomUUID().slice(0, 13)
  const key = `console:${id}`
  return {
    kind: 'message',
    id,
    at: new Date().toISOString(),
    channel: 'console',
    user,
    address: toAddress('console'),
    thread,
    keys: [key],
    text,
  }
}

/** Registers the console with the conversation core. */
export function createConsoleBot(options: ConsoleBotOptions): ConsoleBot {
  const { conversation, screen } = options
  const user: Person = { id: options.user, tenant: 'local' }
  let thread = `console:${randomUUID()}`
  conversation.register(createConsoleChannel(screen))

  async function send(text: string): Promise<Reply> {
    const reply = await conversation.handle(toTurn(text, thread, user))
    // A fresh random id cannot have been claimed before.
    if (!reply) throw new Error('The store claims to know a turn that was just made.')
    return reply
  }

  return {
    async ask(question, after) {
      for (const earlier of after) await send(earlier)
      return send(question)
    },

    async chat(input) {
      const interactive = Boolean(input.isTTY)
      const lines = createInterface({ input, ...(interactive ? { output: process.stdout, terminal: true } : {}) })
      let allAnswered = true
      lines.on('SIGINT', () => {
        void conversation.stop(thread, user).then((stopped) => {
          if (!stopped) lines.close()
        })
      })
      const prompt = (): void => {
        if (!interactive) return
        lines.setPrompt('\nyou> ')
        lines.prompt()
      }
      prompt()
      for await (const line of lines) {
        const text = line.trim()
        if (text === '/quit' || text === '/exit') break
        if (text === '/help') screen.write(HELP)
        else if (text === '/new') {
          thread = `console:${randomUUID()}`
          screen.write('  A new conversation.\n')
        } else if (/^\/[a-z]+$/.test(text)) {
          screen.write(`  There is no command ${text}. /help shows what there is.\n`)
        } else if (text !== '') {
          if (interactive) screen.write('\n')
          else screen.write(`you> ${text}\n\n`)
          const reply = await send(text)
          if (!isAnswered(reply)) allAnswered = false
        }
        prompt()
      }
      lines.close()
      return allAnswered
    },
  }
}
