// Puts text under judgement between marks that it cannot hold itself, so that it stays data whatever it says.
import { createHash } from 'node:crypto'

const MARK_CHARS = 16

export interface Section {
  /** What it is, in words, such as `ANSWER`. */
  title: string
  text: string
}

/**
 * The sections between marks made from a digest of all of them. The same texts give the same marks, so a judgement can be repeated;
 * but a text that tries to hold its own mark changes the digest, and a mark that stands in a text by chance is drawn again.
 */
export function fence(sections: readonly Section[]): { mark: string; text: string } {
  const mark = drawMark(sections)
  const text = sections
    .map(({ title, text }) => `<<<${title} ${mark}>>>\n${readable(text)}\n<<<END OF ${title} ${mark}>>>`)
    .join('\n\n')
  return { mark, text }
}

function drawMark(sections: readonly Section[]): string {
  const all = JSON.stringify(sections)
  for (let draw = 0; ; draw++) {
    const mark = createHash('sha256').update(`${draw}\n${all}`).digest('hex').slice(0, MARK_CHARS)
    if (!all.toLowerCase().includes(mark)) return mark
  }
}

/** Without characters that a person does not see but a model reads: zero-width, direction and tag characters. */
function readable(text: string): string {
  return text.replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u{e0000}-\u{e007f}]/gu, '')
}
