// The console as a channel: text appears as it is written, footnotes and small print follow.
import type { Channel, Delivery, ReplyStream } from '../../core/channel.ts'
import type { Button, Reply } from '../../core/reply.ts'
import type { Address } from '../../core/turn.ts'
import { type FileKeeping, keepFiles } from './keep-files.ts'
import {
  type ConsoleStyle,
  renderConsoleButtons,
  renderConsoleDecision,
  renderConsoleLine,
  renderConsoleProgress,
  renderConsoleTail,
  renderConsoleText,
  toTerminalText,
} from './render-console-text.ts'

export interface ConsoleScreen {
  write(text: string): void
  /** Shows what is going on in a line that the next text replaces; empty text clears it. */
  status(text: string): void
  style: ConsoleStyle
}

class ConsoleStream implements ReplyStream {
  readonly #screen: ConsoleScreen
  readonly #delivery: Delivery
  readonly #keeping: FileKeeping
  readonly stopped = new AbortController().signal
  #written = ''

  constructor(screen: ConsoleScreen, delivery: Delivery, keeping: FileKeeping) {
    this.#keeping = keeping
    this.#screen = screen
    this.#delivery = delivery
  }

  write(delta: string): void {
    if (this.#written === '') this.#screen.status('')
    this.#written += delta
    this.#screen.write(toTerminalText(delta))
  }

  status(text: string): void {
    if (this.#written === '') this.#screen.status(text)
  }

  async finish(given: Reply): Promise<void> {
    const reply = await keepFiles(given, this.#keeping)
    this.#screen.status('')
    const continues = this.#written !== '' && reply.text.startsWith(this.#written)
    if (continues) {
      const tail = renderConsoleTail(reply, this.#screen.style)
      this.#screen.write(
        `${toTerminalText(reply.text.slice(this.#written.length))}\n${tail === '' ? '' : `\n${tail}\n`}`,
      )
    } else {
      this.#screen.write(`${this.#written === '' ? '' : '\n\n'}${renderConsoleText(reply, this.#screen.style)}`)
    }
    await this.#delivery.recordRef('screen')
  }
}

/** What is shown anew where a message that is on the screen changed. */
const WORTH_IT = new Set(['table', 'chart', 'form', 'file'])

export interface ConsoleChannel extends Channel {
  /** The buttons that were shown last and still mean something, numbered from 1 on the screen. */
  buttons(): readonly Button[]
}

export interface ConsoleChannelOptions extends FileKeeping {
  /** Writes what comes while a line may be being typed. */
  aside?: (text: string) => void
  /** False where nobody can type `/press`: buttons are then left out, and cards say in words what to write. */
  pressable?: boolean
}

/**
 * A face that writes to one screen. What is on it cannot be edited: a message that changes prints its first line anew.
 */
export function createConsoleChannel(
  screen: ConsoleScreen,
  { aside = screen.write, pressable = true, ...keeping }: ConsoleChannelOptions = {},
): ConsoleChannel {
  /** First lines by message, of this process. */
  const texts = new Map<string, string>()
  let last: { key: string; buttons: readonly Button[] } = { key: '', buttons: [] }

  const toButtons = (reply: Reply): string => (pressable ? renderConsoleButtons(reply) : renderConsoleDecision(reply))

  /** The last buttons stay, until others are shown or their own message loses them. */
  function keepButtons(key: string, buttons: readonly Button[]): void {
    if (buttons.length > 0 || last.key === key) last = { key, buttons }
  }

  async function edit(key: string, reply: Reply): Promise<void> {
    const progress = reply.blocks.find((block) => block.kind === 'progress')
    if (progress) {
      // A line at every quarter: a log of every step would bury what matters, and a line that replaces itself what is typed.
      const quarter = `${progress.total > 0 ? Math.floor((progress.done / progress.total) * 4) : 0} of 4`
      if (texts.get(key) === quarter) return
      texts.set(key, quarter)
      aside(`${renderConsoleProgress(progress)}\n`)
      return
    }
    const line = toFirstLine(reply.text)
    const changed = texts.get(key) !== line
    keepButtons(key, reply.buttons)
    texts.set(key, line)
    if (!changed) return
    // How it ended is worth its tables and pictures; on the way there a line is enough.
    const blocks = reply.outcome === 'done' ? reply.blocks.filter(({ kind }) => WORTH_IT.has(kind)) : []
    const kept = await keepFiles({ ...reply, blocks }, keeping)
    const tail = blocks.length > 0 ? `\n${renderConsoleTail(kept, screen.style)}\n` : ''
    aside(`${renderConsoleLine(line, screen.style)}\n${tail}${toButtons(reply)}`)
  }

  return {
    name: 'console',
    can: { stream: true, update: false, ephemeral: false, charts: true, maxText: 1_000_000 },
    buttons: () => last.buttons,
    home: () => 'console',
    async post(_to: Address, given: Reply, delivery: Delivery): Promise<void> {
      screen.status('')
      if (delivery.posted && delivery.refs.length > 0) return edit(delivery.key, given)
      const reply = await keepFiles(given, keeping)
      keepButtons(delivery.key, reply.buttons)
      texts.set(delivery.key, toFirstLine(reply.text))
      const write = delivery.key.startsWith('turn:') ? screen.write : aside
      write(`${renderConsoleText(reply, screen.style)}${toButtons(reply)}`)
      await delivery.recordRef('screen')
    },
    stream: (_to: Address, delivery: Delivery) => new ConsoleStream(screen, delivery, keeping),
  }
}

function toFirstLine(text: string): string {
  return toTerminalText(text).trim().split('\n')[0] ?? ''
}

/** A screen on two streams: answers to `out`, passing status lines to `err` where that is a terminal. */
export function createScreen(
  out: NodeJS.WritableStream,
  err: NodeJS.WritableStream & { isTTY?: boolean },
): ConsoleScreen {
  const { isTTY, columns } = out as { isTTY?: boolean; columns?: number }
  let shown = 0
  return {
    style: { color: Boolean(isTTY), ...(isTTY && columns ? { width: columns } : {}) },
    write: (text) => void out.write(text),
    status(text) {
      if (!err.isTTY) return
      const line = toTerminalText(text).slice(0, 100)
      // Nothing stands there to be cleared: a return alone would let the next text write over the line.
      if (line === '' && shown === 0) return
      err.write(`\r${' '.repeat(shown)}\r${line}`)
      shown = line.length
    },
  }
}
