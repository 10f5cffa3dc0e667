// Commands beside `ask`, and the sentence that names them all.
import type { Reply } from '../core/reply.ts'
import type { CommandTurn } from '../core/turn.ts'

export interface Command {
  /** One line without the name, such as `<question>: answers from the documentation`. */
  usage: string
  run(turn: CommandTurn, signal: AbortSignal): Promise<Reply>
}

/** By name, without the slash. */
export type Commands = ReadonlyMap<string, Command>

/** What people may write: shown for a command that is not known. The name is untrusted text. */
export function toUsage(name: string, commands: Commands): string {
  const shown = name.replace(/[^\p{L}\p{N}_-]/gu, '').slice(0, 40)
  const known = [['ask', '<question>: answers from the documentation'], ...[...commands].map(([n, c]) => [n, c.usage])]
  const lines = known.map(([command, usage]) => `- \`${command}\` ${usage}`)
  return `I do not know the command \`${shown || '?'}\`. These I know:\n\n${lines.join('\n')}`
}
