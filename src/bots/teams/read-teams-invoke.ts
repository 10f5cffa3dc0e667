// Reads the invokes of Teams: feedback under an answer, and buttons of cards that want their result at once.
import { z } from 'zod'
import type { Activity } from './activity.ts'
import { readFileConsent } from './hand-over-file.ts'
import { readExtension } from './read-teams-extension.ts'
import { toTeamsAddress } from './teams-address.ts'
import { type ReadOptions, type TeamsEvent, toActionTurn, toStrings } from './teams-turn.ts'

const feedbackSchema = z.object({
  actionName: z.literal('feedback'),
  actionValue: z.object({ reaction: z.enum(['like', 'dislike']), feedback: z.string().nullish() }),
})

const executeSchema = z.looseObject({ action: z.looseObject({ verb: z.string().optional(), data: z.unknown() }) })

/** What a person wrote beside the thumb. Teams sends a JSON string; words that are no JSON are taken as they are. */
function readReason(feedback: string | null | undefined): string {
  if (!feedback) return ''
  try {
    const parsed = z.object({ feedbackText: z.string().optional() }).safeParse(JSON.parse(feedback))
    return parsed.success ? (parsed.data.feedbackText ?? '') : ''
  } catch {
    return feedback
  }
}

function readFeedback(activity: Activity, options: ReadOptions): TeamsEvent {
  const parsed = feedbackSchema.safeParse(activity.value)
  const invoke = { status: 200, body: {} }
  if (!parsed.success) return { kind: 'answer', invoke, why: 'a submit action that is not feedback' }
  const { reaction, feedback } = parsed.data.actionValue
  const reason = readReason(feedback).slice(0, 4000)
  const value = {
    rating: reaction === 'like' ? 'up' : 'down',
    ...(reason ? { reason } : {}),
    ...(activity.replyToId ? { message: activity.replyToId } : {}),
  }
  const made = toActionTurn(activity, 'feedback', value, options)
  // Teams thanks the person in its own words.
  const turn = made && { ...made, address: toTeamsAddress(activity, { quiet: true }) }
  return turn ? { kind: 'turn', turn, invoke } : { kind: 'answer', invoke, why: 'feedback without a sender or an id' }
}

function cardMessage(value: string) {
  return { status: 200, body: { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value } }
}

/** A button of an Adaptive Card. Ours carry `action` in their data; the answer itself comes as a message later. */
function readExecute(activity: Activity, options: ReadOptions): TeamsEvent {
  const parsed = executeSchema.safeParse(activity.value)
  const { action, ...value } = toStrings(parsed.success ? parsed.data.action.data : undefined)
  const turn = action ? toActionTurn(activity, action, value, options) : null
  if (turn) return { kind: 'turn', turn, invoke: cardMessage('Working on it.') }
  const invoke = cardMessage(
    'This button is not one that Lakedesk knows. Please ask your question as a message instead.',
  )
  return { kind: 'answer', invoke, why: 'a card action with an unknown verb' }
}

export function readInvoke(activity: Activity, options: ReadOptions): TeamsEvent {
  if (activity.name === 'message/submitAction') return readFeedback(activity, options)
  if (activity.name === 'adaptiveCard/action') return readExecute(activity, options)
  // A menu entry that asks for a dialog first is answered as if it had been sent already: there is nothing to fill in.
  if (activity.name === 'composeExtension/submitAction' || activity.name === 'composeExtension/fetchTask') {
    return readExtension(activity, options)
  }
  if (activity.name === 'fileConsent/invoke') {
    const consent = readFileConsent(activity.value)
    if (consent) return { kind: 'file', consent, invoke: { status: 200, body: {} } }
  }
  return {
    kind: 'answer',
    invoke: { status: 200, body: {} },
    why: `invoke ${String(activity.name).slice(0, 60)}`,
  }
}
