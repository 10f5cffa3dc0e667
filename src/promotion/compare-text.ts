// Figures as cards say them: few digits, signs where they are differences, text cut where it would run on.

export { toPlainMarkdown } from '../core/text/plain-markdown.ts'

/** At most three significant decimals: `4.52`, `0.0213`, `1243`. */
export function toFigure(value: number): string {
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
  const text = Math.abs(rounded) < 1e-6 ? '0' : String(rounded)
  return text
}

/** With its sign: `+0.12`, `-0.3`, `0`. */
export function toSigned(value: number): string {
  const figure = toFigure(value)
  return value > 0 && figure !== '0' ? `+${figure}` : figure
}

export function toInterval({ low, high }: { low: number; high: number }): string {
  return `${toFigure(low)} to ${toFigure(high)}`
}

/** The words of an answer without its bold, code and table marks, which would only be noise in an excerpt. */
export function stripMarks(markdown: string): string {
  return markdown
    .replace(/\*\*|`+|^#{1,6} /gm, '')
    .replace(/\|[-: |]*\|/g, ' ')
    .replace(/ ?\| ?/g, ' ')
}

/** In one line, at the end of a word where one is near, with an ellipsis where something is missing. */
export function cutText(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const characters = [...line]
  if (characters.length <= most) return line
  const cut = characters.slice(0, most - 1).join('')
  const space = cut.lastIndexOf(' ')
  return `${(space > cut.length * 0.7 ? cut.slice(0, space) : cut).trimEnd()}…`
}
