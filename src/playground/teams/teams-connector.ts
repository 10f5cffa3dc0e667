// The Bot Framework connector of the Teams stand-in: conversations, messages and streams, with the platform's checks.
import { checkContent } from './check-content.ts'
import { entitiesOf, type Json, Refused } from './refused.ts'

export interface ShownMessage {
  id: string
  text: string
  activity: Record<string, unknown>
  /** How often it was changed after it was created. */
  edits: number
  /** `open` while a stream writes it. */
  stream: 'none' | 'open' | 'done' | 'stopped'
}

export interface ConnectorCall {
  method: 'POST' | 'PUT' | 'DELETE'
  conversation: string
  id: string | null
  activity: Record<string, unknown>
  at: number
  status: number
}

/** An answer to give instead of, or (with `delivered`) after, doing what was asked. */
export interface Fault {
  on: 'create' | 'update' | 'delete' | 'stream' | 'final' | 'any'
  status: number
  code?: string
  message?: string
  retryAfter?: number
  delivered?: boolean
  /** Times it strikes; 1 where not given. */
  times?: number
}

export interface ConnectorRules {
  /** Least time between two requests of a stream, in milliseconds. */
  streamIntervalMs: number
  /** Life of a stream, in milliseconds. */
  streamLifeMs: number
}

interface Stream {
  message: ShownMessage
  startedAt: number
  lastAt: number
  sequence: number
}

interface Chat {
  messages: ShownMessage[]
  typing: number
  stream: Stream | null
  stopRequested: boolean
}

/** What a person reads: the text, or the text blocks of a card that has none beside it. */
function textOf(activity: Json): string {
  const text = String(activity.text ?? '')
  if (text !== '' || !Array.isArray(activity.attachments)) return text
  const blocks = activity.attachments.flatMap((card: Json) => {
    const body: unknown = typeof card.content === 'object' && card.content ? Reflect.get(card.content, 'body') : []
    return Array.isArray(body) ? body : []
  })
  return blocks.flatMap((block: Json) => (block.type === 'TextBlock' ? [String(block.text)] : [])).join('\n\n')
}

function notAllowed(message: string): Refused {
  return new Refused(403, 'ContentStreamNotAllowed', message)
}

export function createConnector(rules: ConnectorRules, now: () => number = Date.now) {
  const chats = new Map<string, Chat>()
  const calls: ConnectorCall[] = []
  const faults: Fault[] = []
  const blocked = new Set<string>()
  let nextId = 1_780_000_000_000

  function chat(id: string): Chat {
    const found = chats.get(id) ?? { messages: [], typing: 0, stream: null, stopRequested: false }
    chats.set(id, found)
    return found
  }

  function add(to: Chat, activity: Json, stream: ShownMessage['stream']): ShownMessage {
    const message = { id: String(nextId++), text: textOf(activity), activity, edits: 0, stream }
    to.messages.push(message)
    return message
  }

  function checkStream(to: Chat, stream: Stream): void {
    if (to.stopRequested) {
      stream.message.stream = 'stopped'
      to.stream = null
      to.stopRequested = false
      throw notAllowed('Content stream was canceled by user')
    }
    if (now() - stream.startedAt > rules.streamLifeMs) {
      stream.message.stream = 'done'
      to.stream = null
      throw notAllowed('Content stream is not allowed because it exceeded streaming time')
    }
    // A timer may fire a little early; the platform's own limit is no sharper.
    if (now() - stream.lastAt < rules.streamIntervalMs - 15)
      throw new Refused(429, 'TooManyRequests', 'API calls quota exceeded')
  }

  function applyStream(conversation: string, activity: Json, info: Json): string {
    const to = chat(conversation)
    const text = String(activity.text ?? '')
    if (!/^a:|^personal/.test(conversation)) throw notAllowed('Content stream is not allowed')
    if (info.streamId === undefined) {
      if (info.streamType === 'final') throw new Refused(400, 'BadRequest', 'streamId is required')
      if (info.streamSequence !== 1) throw new Refused(400, 'BadRequest', 'streamSequence must start at 1')
      if (to.stream) throw notAllowed('Content stream is not allowed: one is running already')
      const message = add(to, activity, 'open')
      if (info.streamType === 'informative') message.text = ''
      to.stream = { message, startedAt: now(), lastAt: now(), sequence: 1 }
      return message.id
    }
    const stream = to.stream
    if (stream?.message.id !== info.streamId) {
      const known = to.messages.find((message) => message.id === info.streamId)
      throw notAllowed(
        known?.stream === 'stopped'
          ? 'Content stream was canceled by user'
          : 'Content stream is not allowed on an already completed streamed message',
      )
    }
    checkStream(to, stream)
    const final = info.streamType === 'final'
    if (final ? info.streamSequence !== undefined : !(Number(info.streamSequence) > stream.sequence)) {
      throw new Refused(400, 'BadRequest', 'streamSequence is out of order')
    }
    if (info.streamType === 'informative' && stream.message.text !== '')
      throw new Refused(400, 'BadRequest', 'informative after text')
    if (info.streamType === 'informative' && text.length > 1000)
      throw new Refused(400, 'BadRequest', 'informative text too long')
    if (!final && activity.attachments !== undefined)
      throw new Refused(400, 'BadRequest', 'attachments before the end of a stream')
    if (info.streamType !== 'informative' && !text.startsWith(stream.message.text)) {
      throw notAllowed('The final message should contain the previously streamed content')
    }
    stream.lastAt = now()
    stream.sequence = Number(info.streamSequence ?? stream.sequence)
    if (info.streamType !== 'informative') stream.message.text = text
    stream.message.activity = activity
    if (final) {
      stream.message.stream = 'done'
      to.stream = null
    }
    return stream.message.id
  }

  function create(conversation: string, activity: Json): string {
    checkContent(activity)
    const info = entitiesOf(activity).find((entity) => entity.type === 'streaminfo')
    if (info) {
      if (activity.type !== (info.streamType === 'final' ? 'message' : 'typing'))
        throw new Refused(400, 'BadRequest', 'wrong activity type')
      return applyStream(conversation, activity, info)
    }
    const to = chat(conversation)
    if (activity.type === 'typing') {
      to.typing++
      return String(nextId++)
    }
    return add(to, activity, 'none').id
  }

  function update(conversation: string, id: string, activity: Json): string {
    checkContent(activity)
    const message = chat(conversation).messages.find((one) => one.id === id)
    if (!message) throw new Refused(404, 'ActivityNotFoundInConversation', 'The message does not exist')
    // As Microsoft's own Playground answers: text and a card together would become two messages.
    if (String(activity.text ?? '') !== '' && Array.isArray(activity.attachments) && activity.attachments.length > 0) {
      throw new Refused(400, 'BadSyntax', 'Activity resulted into multiple skype activities')
    }
    const to = chat(conversation)
    if (to.stream?.message === message) to.stream = null
    message.stream = message.stream === 'open' ? 'done' : message.stream
    message.text = textOf(activity)
    message.activity = activity
    message.edits++
    return id
  }

  function remove(conversation: string, id: string): string {
    const to = chat(conversation)
    to.messages = to.messages.filter((message) => message.id !== id)
    return id
  }

  function takeFault(method: string, activity: Json): Fault | undefined {
    const info = entitiesOf(activity).find((entity) => entity.type === 'streaminfo')
    const kinds = [
      method === 'PUT' ? 'update' : method === 'DELETE' ? 'delete' : 'create',
      'any',
      ...(info ? [info.streamType === 'final' ? 'final' : 'stream'] : []),
    ]
    const index = faults.findIndex(
      (fault) => kinds.includes(fault.on) && (fault.on !== 'create' || activity.type !== 'typing'),
    )
    const fault = faults[index]
    if (fault && (fault.times ?? 1) <= 1) faults.splice(index, 1)
    else if (fault) fault.times = (fault.times ?? 1) - 1
    return fault
  }

  /** Does what was asked, and returns the id; throws Refused. */
  function handle(method: 'POST' | 'PUT' | 'DELETE', conversation: string, id: string | null, activity: Json): string {
    const call: ConnectorCall = { method, conversation, id, activity, at: now(), status: 200 }
    calls.push(call)
    const work = () => {
      if (blocked.has(conversation))
        throw new Refused(403, 'MessageWritesBlocked', 'The bot is blocked in this conversation')
      if (method === 'PUT') return update(conversation, id ?? '', activity)
      return method === 'DELETE' ? remove(conversation, id ?? '') : create(conversation, activity)
    }
    try {
      const fault = takeFault(method, activity)
      if (!fault) return work()
      if (fault.delivered) work()
      throw new Refused(fault.status, fault.code ?? 'Injected', fault.message ?? 'injected fault', fault.retryAfter)
    } catch (error) {
      call.status = error instanceof Refused ? error.status : 500
      throw error
    }
  }

  return {
    handle,
    chat,
    calls,
    /** The next matching calls fail. */
    fail: (fault: Fault) => faults.push({ ...fault }),
    block: (conversation: string) => blocked.add(conversation),
    /** The person presses Stop: the next piece of the running stream is refused. */
    pressStop(conversation: string) {
      chat(conversation).stopRequested = true
    },
  }
}
