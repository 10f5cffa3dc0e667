// The console as a channel: text appears as it is written, footnotes and small print follow.
import type { Channel, Delivery, ReplyStream } from '../../core/channel.ts'
import type { Reply } from '../../core/reply.ts'
import type { Address } from '../../core/turn.ts'
import { type ConsoleStyle, renderConsoleTail, renderConsoleText, toTerminalText } from './render-console-text.ts'

export interface ConsoleScreen {
  write(text: string): void
  /** Shows what is going on in a line that the next text replaces; empty text clears it. */
  status(text: string): void
  style: ConsoleStyle
}

class ConsoleStream implements ReplyStream {
  readonly #screen: ConsoleScreen
  readonly #delivery: Delivery
  readonly stopped = new AbortController().signal
  #written = ''

  constructor(screen: ConsoleScreen, delivery: Delivery) {
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

  async finish(reply: Reply): Promise<void> {
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

/** A face that writes to one screen. */
export function createConsoleChannel(screen: ConsoleScreen): Channel {
  return {
    name: 'console',
    can: { stream: true, update: false, ephemeral: false, charts: false, maxText: 1_000_000 },
    async post(_to: Address, reply: Reply, delivery: Delivery): Promise<void> {
      screen.status('')
      screen.write(renderConsoleText(reply, screen.style))
      await delivery.recordRef('screen')
    },
    stream: (_to: Address, delivery: Delivery) => new ConsoleStream(screen, delivery),
  }
}

/** A screen on two streams: answers to `out`, passing status lines to `err` where that is a terminal. */
export function createScreen(
  out: NodeJS.WritableStream,
  err: NodeJS.WritableStream & { isTTY?: boolean },
): ConsoleScreen {
  const color = Boolean((out as { isTTY?: boolean }).isTTY)
  let shown = 0
  return {
    style: { color },
    write: (text) => void out.write(text),
    status(text) {
      if (!err.isTTY) return
      const line = toTerminalText(text).slice(0, 100)
      err.write(`\r${' '.repeat(shown)}\r${line}`)
      shown = line.length
    },
  }
}
