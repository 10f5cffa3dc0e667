// The door at /api/messages: reads a request, has it checked, and does what it asks for.
import type { IncomingMessage } from 'node:http'
import type { Conversation } from '../../conversation/port.ts'
import { assertNever } from '../../core/assert-never.ts'
import type { Log } from '../../core/log.ts'
import { type Activity, activitySchema, tenantOf } from './activity.ts'
import type { TeamsReceiver } from './botbuilder-adapter.ts'
import { toRefusal } from './check-origin.ts'
import type { Greeter } from './greet.ts'
import type { FileGiver } from './hand-over-file.ts'
import { readJsonBody } from './read-json-body.ts'
import { readTeamsActivity } from './read-teams-activity.ts'
import type { ReadOptions, TeamsEvent } from './teams-turn.ts'

export interface HttpAnswer {
  status: number
  body?: unknown
}

export interface DoorParts {
  conversation: Conversation
  receiver: TeamsReceiver
  greeter: Greeter
  files: FileGiver
  log: Log
  /** Null where every tenant may ask, which only a local run allows. */
  tenants: ReadonlySet<string> | null
  insecureLocal: boolean
  read: ReadOptions
  /** Called for every conversation that somebody wrote from. */
  onHeard(conversation: string): void
}

/** Resolves once nothing can be lost any more; rejects where the turn could not be stored. */
async function act(event: TeamsEvent, activity: Activity, parts: DoorParts): Promise<HttpAnswer> {
  const { conversation, greeter, log } = parts
  switch (event.kind) {
    case 'turn': {
      const outcome = await conversation.accept(event.turn)
      log.debug('an activity was taken', { turn: event.turn.id, outcome })
      return { status: event.invoke?.status ?? 200, body: event.invoke?.body }
    }
    case 'greet':
      greeter.greet(activity)
      return { status: 200 }
    case 'file':
      await parts.files.give(activity, event.consent)
      return event.invoke
    case 'answer':
      log.debug('an invoke was answered without a turn', { why: event.why })
      return event.invoke
    case 'ignore':
      log.debug('an activity was ignored', { why: event.why })
      return { status: 200 }
    default:
      return assertNever(event)
  }
}

async function take(activity: Activity, parts: DoorParts): Promise<HttpAnswer> {
  const { log } = parts
  const refusal = toRefusal(activity, parts.tenants, parts.insecureLocal)
  if (refusal !== null) {
    log.warn('an activity was refused', { why: refusal, tenant: tenantOf(activity) })
    return { status: 403, body: { error: { code: 'Forbidden', message: refusal } } }
  }
  parts.onHeard(activity.conversation.id)
  return act(readTeamsActivity(activity, parts.read), activity, parts)
}

/** Rejects where a genuine activity could not be stored. */
export async function answerRequest(req: IncomingMessage, parts: DoorParts): Promise<HttpAnswer> {
  const { log } = parts
  if (req.method !== 'POST') return { status: 405 }
  const body = await readJsonBody(req)
  if (body.kind === 'too-large') return { status: 413 }
  const parsed = body.kind === 'json' ? activitySchema.safeParse(body.value) : null
  if (!parsed?.success) {
    log.debug('a malformed request was refused', {
      issues: parsed?.error.issues.map((issue) => issue.path.join('.')),
    })
    const message = 'The body is not a Bot Framework activity.'
    return { status: 400, body: { error: { code: 'BadSyntax', message } } }
  }
  let result: HttpAnswer = { status: 500 }
  const { verdict, why } = await parts.receiver.receive(req.headers.authorization ?? '', parsed.data, async () => {
    result = await take(parsed.data, parts)
  })
  if (verdict === 'genuine') return result
  log.warn('a request was refused', { verdict, why })
  return { status: verdict === 'forged' ? 401 : 503 }
}
