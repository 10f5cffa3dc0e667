// Markdown to the plain words that are compared; what is quoted keeps its Markdown.

export function toPlain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<\/?[a-zA-Z][^>\n]*>/g, ' ')
    .replace(/^\s{0,3}(?:#{1,6}|[-*+]|\d{1,3}[.)]|>)\s+/gm, '')
    .replace(/[`*|]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

const cells = (row: string) =>
  row
    .replace(/^\s*\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map(toPlain)

/** A table row as words, each cell after the name of its column. */
export function toRowText(header: string, row: string): string {
  const names = cells(header)
  return cells(row)
    .map((cell, i) => (cell === '' ? '' : `${names[i] ?? ''} ${cell}`.trim()))
    .filter((cell) => cell !== '')
    .join(', ')
}
