// The reply to a turn that broke off: what was written, then why it ended, the code and the turn id.
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import { type Draft, toFooter } from './compose.ts'

/** Why a run was cancelled, as the reason of its signal. */
export type Cancel = 'stop' | 'timeout' | 'drain'

export class Cancelled extends Error {
  readonly why: Cancel

  constructor(why: Cancel) {
    super(`cancelled: ${why}`)
    this.name = 'AbortError'
    this.why = why
  }
}

/** Ends an open code fence, so that what follows is not shown as code. */
function closeFence(markdown: string): string {
  const fences = markdown.match(/^\s{0,3}(```+|~~~+)/gm) ?? []
  const last = fences.at(-1)?.trim() ?? ''
  return fences.length % 2 === 0 ? markdown : `${markdown}\n${last}`
}

function toReply(turnId: string, written: Draft, last: string): Reply {
  const kept = written.text.trim() === '' ? '' : `${closeFence(written.text)}\n\n`
  const citations = written.citations.filter(({ n }) => kept.includes(`[${n}]`))
  return {
    text: `${kept}${last}`,
    blocks: citations.length > 0 ? [{ kind: 'citations', citations }] : [],
    buttons: [],
    footer: toFooter(turnId),
    generated: kept !== '',
    turn: turnId,
  }
}

export function toStoppedReply(turnId: string, written: Draft): Reply {
  return toReply(turnId, written, '_Stopped, as you asked._')
}

/** The one way an error reaches people. Begins with what was streamed already, since that cannot be taken back everywhere. */
export function toErrorReply(turnId: string, written: Draft, error: LakedeskError): Reply {
  return toReply(turnId, written, `${error.userMessage} (${error.code}, turn ${turnId})`)
}

/** The error to tell people, from whatever was thrown. */
export function toTold(error: unknown): LakedeskError {
  if (error instanceof Cancelled && error.why === 'timeout') {
    return new LakedeskError(
      'MODEL_TIMEOUT',
      'The answer took too long and was given up. Ask again, perhaps with a narrower question; if it happens often, an operator should check the model.',
      error,
    )
  }
  return toLakedeskError(error)
}
