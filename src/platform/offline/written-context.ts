// Reads a prompt that brings its own context: `Context:` with passages, then `Question:`, as hand-written chains put it.
import { type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { textOf } from './asked.ts'

export interface WrittenContext {
  /** The thread with the bare question as its last message. */
  messages: BaseMessage[]
  /** As a search tool would have brought them. */
  passages: string
}

const PROMPT = /^\s*Context:[ \t]*\n([\s\S]*)\n\s*Question:[ \t]*([\s\S]*\S)\s*$/i
/** A title in square brackets on a line of its own. */
const TITLE = /^\[([^\]\n]+)\][ \t]*$/gm

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const toAttribute = (title: string): string => title.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign)

function toPassage({ title, text }: { title: string; text: string }, nth: number): string {
  const body = text.replace(/<(\s*\/\s*passage)/gi, '<\\$1').trim()
  return `<passage n="${nth + 1}" title="${toAttribute(title)}">\n${body}\n</passage>`
}

/** Each title begins a passage; without titles all is one. */
function splitPassages(context: string): { title: string; text: string }[] {
  const titles = [...context.matchAll(TITLE)]
  const before = context.slice(0, titles[0]?.index ?? context.length)
  const titled = titles.map((found, nth) => ({
    title: found[1] ?? '',
    text: context.slice(found.index + found[0].length, titles[nth + 1]?.index ?? context.length),
  }))
  return [{ title: '', text: before }, ...titled].filter(({ text }) => text.trim() !== '')
}

/** Null where the last message is no such prompt. The last `Question:` is the one that is asked: passages may hold the word. */
export function readWrittenContext(messages: readonly BaseMessage[]): WrittenContext | null {
  const last = messages.at(-1)
  const found = last?.type === 'human' ? PROMPT.exec(textOf(last)) : null
  if (!found) return null
  const passages = splitPassages(found[1] ?? '')
    .map(toPassage)
    .join('\n')
  return { messages: [...messages.slice(0, -1), new HumanMessage(found[2] ?? '')], passages }
}
