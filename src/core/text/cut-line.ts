// Somebody's text where there is room for one line only.

/** One line of at most `most` UTF-16 units; what was cut ends in an ellipsis, and never in half a character. */
export function cutLine(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  if (line.length <= most) return line
  const kept = line.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept.trimEnd()}…`
}

/** The words of a piece of Markdown, for an excerpt: without the marks of headings, lists, tables, code and weight. */
export function toWords(markdown: string): string {
  return markdown
    .replace(/^[ \t]*(?:#+|[-*+]|>)[ \t]+/gm, '')
    .replace(/\*\*|__|[|`]/g, ' ')
    .replace(/-{3,}/g, ' ')
    .replace(/[ \t]+([.,;:!?])/g, '$1')
    .replace(/[ \t]{2,}/g, ' ')
}
