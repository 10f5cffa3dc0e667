// Decides what of the model's text becomes part of the answer, and sends it out as soon as that is certain.
import type { PassageBook } from '../tools/passage-book.ts'
import { type AnswerEvent, toCitation } from './answer.ts'
import type { AnswerGuard } from './guard/create-answer-guard.ts'

export interface AnswerWriter {
  /** A new try of a model call begins: what the last one left unsaid is forgotten. */
  beginCall(): void
  /** A piece of the model's text. */
  token(text: string): void
  /** True where the running call has sent something out: it must not be tried again. */
  hasShownInCall(): boolean
  hasShown(): boolean
  /** Whether the running call has written anything at all. */
  hasText(): boolean
  /** The text that was held back, since no passage stands behind it. */
  held(): string
  /** Sends text through the guard, whatever stands behind it. */
  say(text: string): void
  /** Ends the answer; returns its whole text, which is exactly what was sent out. */
  finish(note?: (text: string) => string): string
}

/**
 * Before any passage was found nothing a model writes can be cited: it is a word before a search, small talk, or a claim from
 * memory. So it is held back until the loop has ended. From the first passage on, text goes out as it is written, unless it
 * also reports what other tools said.
 */
export function createAnswerWriter(parts: {
  guard: AnswerGuard
  passages: PassageBook
  onEvent: (event: AnswerEvent) => void
  /** True from when the text must be looked through as a whole before anybody sees it. */
  holds: () => boolean
}): AnswerWriter {
  const { guard, passages, onEvent, holds } = parts
  let text = ''
  let held = ''
  let seen = ''
  let shownInCall = false
  let began = true
  let told = 0

  /** Comes before the text, so that whoever has the text has its sources. */
  const tellCited = (): void => {
    const citations = guard.cited().map(toCitation)
    if (citations.length === told) return
    told = citations.length
    onEvent({ kind: 'cited', citations })
  }
  const send = (delta: string): void => {
    if (delta === '') return
    tellCited()
    text += delta
    shownInCall = true
    onEvent({ kind: 'text', delta })
  }
  const say = (piece: string): void => {
    // Text of an earlier call, before a second search, is a paragraph of its own.
    if (began && text !== '') send(guard.write('\n\n'))
    began = false
    send(guard.write(piece))
  }

  return {
    beginCall() {
      held = ''
      seen = ''
      shownInCall = false
      began = true
    },
    token(piece) {
      if (piece === '') return
      seen += piece
      if (passages.all().length === 0 || holds()) held += piece
      else say(piece)
    },
    hasShownInCall: () => shownInCall,
    hasShown: () => text !== '',
    hasText: () => seen.trim() !== '',
    held: () => held,
    say,
    finish(note) {
      send(guard.end())
      send(note?.(text) ?? '')
      return text
    },
  }
}
