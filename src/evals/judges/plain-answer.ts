// An answer as the plain sentences that are judged: no citation marks, no Markdown.

/** `[1]`, `[2, 3]`, `[^4]`, `【5】`: marks that point to a passage and state nothing. */
const CITATION = /[[【]\^?\d{1,3}(?:\s*[,;–-]\s*\^?\d{1,3})*[\]】]/gu
const SENTENCE_END = /(?<=[.!?…]["'”’)]{0,3})\s+(?=\S)|(?<=[。！？])|\n+/u

/** Words, punctuation and line breaks of a Markdown text; code keeps its content, a link its label; `10,000` is 10000. */
export function toPlainAnswer(markdown: string): string {
  return markdown
    .replace(/\r\n?/g, '\n')
    .replace(CITATION, ' ')
    .replace(/^[ \t]*(?:```|~~~).*$/gm, '')
    .replace(/!?\[([^[\]]*)\]\([^()\s]*\)/g, '$1')
    .replace(/<\/?[a-zA-Z][^<>\n]{0,200}>/g, ' ')
    .replace(/^[ \t>]*(?:#{1,6}[ \t]+|[-*+•][ \t]+|\d{1,3}[.)][ \t]+)?/gm, '')
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .replace(/[*`|~]+|__+|\\(?=[_*])/g, ' ')
    .replace(/^[ \t:–-]+$/gm, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/ *\n[ \n]*/g, '\n')
    .trim()
}

/** Sentences and lines of a plain text that hold at least one letter or digit. */
export function toSentences(plain: string): string[] {
  return plain
    .split(SENTENCE_END)
    .map((sentence) => sentence.trim())
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))
}
