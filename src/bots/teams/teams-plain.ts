// Text from data inside an Adaptive Card: shown literally, whatever it says.
import { dropOverrides } from '../../core/text/drop-overrides.ts'

/** Stands in tags of mentions, which Teams looks for everywhere; invisible. */
const JOINER = '\u2060'

/** For what is read as it stands, such as a label or a chart: only mention tags and links are broken. */
export function toInert(text: string): string {
  return dropOverrides(text).replace(/<(?=\/?at\b|https?:)/gi, `<${JOINER}`)
}

/** What would make a list, a heading, a quotation or a rule of a line. */
const LINE_MARK = /^(?=[ \t]*(?:[-+=]+(?:\s|$)|\d{1,9}[.)](?:\s|$)|#{1,6}(?:\s|$)|>))/gm

/** Card text is Markdown of its own; what comes from data is shown literally. An underscore inside a word is no formatting. */
export function plain(text: string): string {
  const words = text.replace(/[\\*[\]`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (mark) => `\\${mark}`)
  return toInert(words.replace(LINE_MARK, JOINER))
}

export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
