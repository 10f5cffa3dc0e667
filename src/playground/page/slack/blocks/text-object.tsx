// A text object of a block: plain, or mrkdwn.
import { toEmoji } from '../markup/emoji.ts'
import { Mrkdwn, MrkdwnLine } from '../markup/mrkdwn-view.tsx'
import { asRecord, asText } from './read-json.ts'

export function toPlain(text: string): string {
  return text.replace(/:([a-z0-9_+-]{1,40}):/g, (_, name: string) => toEmoji(name))
}

export function TextObject({ value, line = false }: { value: unknown; line?: boolean }) {
  const { type, text, emoji } = asRecord(value)
  const words = asText(text)
  if (type !== 'mrkdwn') return <span class="lines">{emoji === false ? words : toPlain(words)}</span>
  return line ? <MrkdwnLine text={words} /> : <Mrkdwn text={words} />
}
