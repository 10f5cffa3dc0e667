// A scripted model that answers the AI functions over tickets, and keeps count of what it was asked about which ticket.
import type { Env } from '../cli/run-cli.ts'
import { type ChatRequest, type ScriptedAnswer, startOpenAiStandIn } from '../stand-ins/openai.ts'
import type { GivenTicket } from './tickets-site.ts'

export type Task = 'classify' | 'extract' | 'summarize'

export interface Asked {
  task: Task
  /** Of the ticket. */
  text: string
  /** Counts the requests of this task about this text, from 1 on. */
  time: number
}

export type TicketModel = Awaited<ReturnType<typeof startTicketModel>>

const TASKS: readonly (readonly [RegExp, Task])[] = [
  [/^You sort a text/, 'classify'],
  [/^You find facts/, 'extract'],
  [/^You summarize/, 'summarize'],
]

/** What a good model says. */
function answerWell({ task, text }: Asked): ScriptedAnswer {
  if (task === 'summarize') return { text: `In short: ${text.slice(0, 40)}` }
  const json =
    task === 'classify'
      ? { labels: [text.includes('sign in') ? 'account_access' : 'billing'], sure: 0.9 }
      : { product_name: 'Checkout', error_code: null, urgency_level: 'low' }
  return { text: JSON.stringify(json) }
}

/** `answer` gives what the model does otherwise; null where it answers well. */
export async function startTicketModel(answer: (asked: Asked) => ScriptedAnswer | null = () => null) {
  const asked: Asked[] = []
  const model = { answer }
  const endpoint = await startOpenAiStandIn((request) => {
    const read = readAsked(request)
    if (!read) return { text: 'Nothing of tickets.' }
    const time = asked.filter(({ task, text }) => task === read.task && text === read.text).length + 1
    asked.push({ ...read, time })
    return { ...answerWell({ ...read, time }), ...model.answer({ ...read, time }) }
  })
  return {
    /** Everything that was asked, oldest first. */
    asked,
    model,
    env: {
      LAKEDESK_MODEL: 'scripted',
      LAKEDESK_MODEL_BASE_URL: endpoint.baseUrl,
      LAKEDESK_MODEL_API_KEY: 'a-key',
    } satisfies Env,
    close: endpoint.close,
  }
}

function readAsked({ messages }: ChatRequest): Omit<Asked, 'time'> | null {
  const [system] = messages
  const task = TASKS.find(([words]) => words.test(String(system?.content)))?.[1]
  const human = String(messages.find(({ role }) => role === 'user')?.content)
  const text = /\[TEXT (\w+)\]\n([\s\S]*)\n\[end of TEXT \1\]/.exec(human)?.[2]
  return task && text !== undefined ? { task, text } : null
}

/** How often each ticket was asked about, by task and text. */
export function countAsked(asked: readonly Asked[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { task, text } of asked) counts.set(`${task}: ${text}`, (counts.get(`${task}: ${text}`) ?? 0) + 1)
  return counts
}

/** Tickets that differ. */
export function makeTickets(count: number): GivenTicket[] {
  return Array.from({ length: count }, (_, i) => ({ id: `T-${i + 1}`, text: `Invoice ${i + 1} was charged twice` }))
}
