// The console face: a chat in the terminal, and one question for scripts, through the same conversation core.
import { createInterface } from 'node:readline'
import type { CommandInfo } from '../../conversation/catalogue.ts'
import type { Conversation } from '../../conversation/port.ts'
import { assertNever } from '../../core/assert-never.ts'
import type { Channel } from '../../core/channel.ts'
import type { Citation } from '../../core/passage.ts'
import type { Reply } from '../../core/reply.ts'
import type { Address, Person } from '../../core/turn.ts'
import { type ConsoleScreen, createConsoleChannel } from './console-channel.ts'
import type { FileKeeping } from './keep-files.ts'
import { type Content, type Line, newThread, ONLY_CONSOLE, readLine, toTurn } from './read-console-line.ts'

const HELP = `  Type a question and press Enter. A follow-up ("and on Azure?") belongs to the same conversation.
  /new         start a new conversation
  /as <name>   go on as another person
  /press <n>   press the button of that number, of those shown last
  /help        show this
  /quit        leave (Ctrl-D works too; Ctrl-C stops a running answer)
`

export interface ConsoleBotOptions extends FileKeeping {
  conversation: Conversation
  screen: ConsoleScreen
  /** Name of the operating system's user. */
  user: string
  /** Where this console is, and who has to know its channel; by default it is the only one of the process. */
  at?: { address: Address; attach(channel: Channel): void }
  /** True where one command is sent and nothing can be typed afterwards. */
  oneShot?: boolean
  /** Waits for what a line set going in the background: lines of a script come one after the other. */
  settle?: (reply: Reply) => Promise<void>
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
  /** Sends one command, with the text behind its name; the reply. */
  run(command: string, text: string): Promise<Reply>
  /** Presses a button; the reply. */
  press(action: string, value: Record<string, string>): Promise<Reply>
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

/** True where the turn was answered (an honest refusal is an answer) or its command was done or waits; else false. */
export function isAnswered(reply: Reply): boolean {
  return reply.version !== undefined || reply.outcome === 'done' || reply.outcome === 'waiting'
}

/** Registers the console with the conversation core. */
export function createConsoleBot(options: ConsoleBotOptions): ConsoleBot {
  const { conversation, screen } = options
  let user: Person = { id: options.user, tenant: 'local' }
  let thread = newThread()
  let redraw = (): void => {}
  const aside = (text: string): void => {
    screen.write(text)
    redraw()
  }
  const channel = createConsoleChannel(screen, {
    aside,
    pressable: options.oneShot !== true,
    ...(options.saveFile ? { saveFile: options.saveFile } : {}),
    ...(options.renderChart ? { renderChart: options.renderChart } : {}),
  })
  const { address, attach } = options.at ?? { address: ONLY_CONSOLE, attach: conversation.register }
  attach(channel)

  async function send(content: Content): Promise<Reply> {
    const reply = await conversation.handle(toTurn(content, thread, user, address))
    // A fresh random id cannot have been claimed before.
    if (!reply) throw new Error('The store claims to know a turn that was just made.')
    return reply
  }

  const ask = (text: string) => send({ kind: 'message', text })
  const run = (name: string, text: string) => send({ kind: 'command', name, text })
  const press = (action: string, value: Record<string, string>) => send({ kind: 'action', action, value })

  /** Null where the line was one of the console's own. */
  async function take(line: Line): Promise<Reply | null> {
    switch (line.kind) {
      case 'ask':
        return ask(line.text)
      case 'command':
        return run(line.name, line.text)
      case 'press': {
        const button = channel.buttons()[line.n - 1]
        if (button) return press(button.action, button.value)
        const count = channel.buttons().length
        screen.write(count === 0 ? '  There is no button to press.\n' : `  Press a number from 1 to ${count}.\n`)
        return null
      }
      case 'as':
        user = { id: line.name, tenant: 'local' }
        screen.write(
          `  You are ${line.name} now. The console trusts whoever holds the data folder: it asks no proof.\n`,
        )
        return null
      case 'new':
        thread = newThread()
        screen.write('  A new conversation.\n')
        return null
      case 'help':
        screen.write(HELP + renderCommands(conversation.commands))
        return null
      case 'wrong':
        screen.write(`  ${line.why}\n`)
        return null
      default:
        return assertNever(line)
    }
  }

  return {
    run,
    press,
    async ask(question, after) {
      for (const earlier of after) await ask(earlier)
      return ask(question)
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
        // Readline counts the lines of its prompt and would clear the line above it, so the gap is no part of it.
        screen.write('\n')
        lines.setPrompt('you> ')
        lines.prompt()
        redraw = () => lines.prompt(true)
      }
      prompt()
      for await (const text of lines) {
        redraw = () => {}
        if (/^\s*\/(quit|exit)\s*$/.test(text)) break
        const line = readLine(text)
        if (line?.kind === 'ask' || line?.kind === 'command' || line?.kind === 'press') {
          screen.write(interactive ? '\n' : `you> ${text.trim()}\n\n`)
        }
        const reply = line && (await take(line))
        if (reply && !isAnswered(reply)) allAnswered = false
        if (reply && !interactive) await options.settle?.(reply)
        prompt()
      }
      redraw = () => {}
      lines.close()
      return allAnswered
    },
  }
}

function renderCommands(commands: readonly CommandInfo[]): string {
  const others = commands.filter(({ name }) => name !== 'ask' && name !== 'help')
  return others.map(({ name, usage }) => `  /${name} ${usage}\n`).join('')
}
