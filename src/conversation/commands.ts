// Commands of the program itself, beside those of the tools.
import type { Reply } from '../core/reply.ts'
import type { CommandTurn } from '../core/turn.ts'

export interface Command {
  /** One line without the name, such as `<question>: answers from the documentation`. */
  usage: string
  run(turn: CommandTurn, signal: AbortSignal): Promise<Reply>
}
