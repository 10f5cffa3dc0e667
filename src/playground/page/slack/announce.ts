// What screen readers are told: new messages, and the ends of streams, in the conversation that is open.
import { signal } from '@preact/signals'

const MAX_WORDS = 300

export const announcement = signal('')

export function announce(who: string, text: string): void {
  const words = text
    .replace(/<[^>|]*\|?([^>]*)>/g, '$1')
    .replace(/[*_~`#]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  announcement.value = `${who}: ${words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words}`
}
