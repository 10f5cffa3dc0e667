// What people can call by name and by button: the commands and buttons of the tools, and commands of the program's own.
import type { AnyTool, ToolCommand } from '../tools/define-tool.ts'
import type { Command } from './commands.ts'

/** A command as help texts list it. */
export interface CommandInfo {
  name: string
  /** One line without the name. */
  usage: string
}

export interface Catalogue {
  /** By name without the slash, in small letters. */
  readonly commands: ReadonlyMap<string, Command>
  readonly toolCommands: ReadonlyMap<string, { tool: AnyTool; command: ToolCommand<unknown> }>
  /** By the action's name. */
  readonly actions: ReadonlyMap<
    string,
    { tool: AnyTool; toInput: (value: Readonly<Record<string, string>>) => unknown }
  >
  readonly tools: ReadonlyMap<string, AnyTool>
  /** All commands that people may write, in the order they were given. */
  readonly list: readonly CommandInfo[]
}

const OWN_COMMANDS: readonly CommandInfo[] = [
  { name: 'ask', usage: '<question>: answers from the documentation' },
  { name: 'help', usage: 'shows this list' },
]
/** Buttons that the core answers itself. */
const OWN_ACTIONS = ['feedback', 'stop']

/** Throws where two claim one name: nobody could tell which is meant. */
function add<T>(names: Map<string, T>, kind: string, name: string, value: T, taken: (name: string) => boolean): void {
  if (names.has(name) || taken(name)) throw new Error(`There are two ${kind} called "${name}". Rename one.`)
  names.set(name, value)
}

export function createCatalogue(
  tools: readonly AnyTool[] = [],
  commands: Readonly<Record<string, Command>> = {},
): Catalogue {
  const own = new Map(Object.entries(commands))
  const toolCommands = new Map<string, { tool: AnyTool; command: ToolCommand<unknown> }>()
  const actions = new Map<string, { tool: AnyTool; toInput: (value: Readonly<Record<string, string>>) => unknown }>()
  const isOwn = (name: string) => own.has(name) || OWN_COMMANDS.some((command) => command.name === name)
  for (const tool of tools) {
    for (const command of tool.commands ?? []) {
      add(toolCommands, 'commands', command.name.toLowerCase(), { tool, command }, isOwn)
    }
    for (const [action, toInput] of Object.entries(tool.actions ?? {})) {
      add(actions, 'buttons', action, { tool, toInput }, (name) => OWN_ACTIONS.includes(name))
    }
  }
  const list = [
    ...OWN_COMMANDS,
    ...[...own].map(([name, { usage }]) => ({ name, usage })),
    ...[...toolCommands].map(([name, { command }]) => ({ name, usage: command.usage })),
  ]
  return { commands: own, toolCommands, actions, tools: new Map(tools.map((tool) => [tool.name, tool])), list }
}

/** The tool that a written command means, with the text behind the name. A name of two words, such as `nightly now`, goes before one of its first word alone. */
export function findCommand(
  { toolCommands }: Catalogue,
  name: string,
  text: string,
): { tool: AnyTool; command: ToolCommand<unknown>; text: string } | null {
  const [, word = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text.trim()) ?? []
  const longer = toolCommands.get(`${name} ${word}`.toLowerCase())
  if (longer && word !== '') return { ...longer, text: rest }
  const found = toolCommands.get(name.toLowerCase())
  return found ? { ...found, text: text.trim() } : null
}

/** Every command in a line of its own, as a Markdown list. */
export function toCommandList(list: readonly CommandInfo[]): string {
  return list.map(({ name, usage }) => `- \`${name}\` ${usage}`).join('\n')
}

/** What people may write: shown for a command that is not known. The name is untrusted text. */
export function toUsage(name: string, list: readonly CommandInfo[]): string {
  const shown = name.replace(/[^\p{L}\p{N}_-]/gu, '').slice(0, 40)
  return `I do not know the command \`${shown || '?'}\`. These I know:\n\n${toCommandList(list)}`
}
