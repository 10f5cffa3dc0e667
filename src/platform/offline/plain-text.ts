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
