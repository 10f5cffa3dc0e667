// Reads a message the way a person does: what was written last, without markup, greeting, signature and quoted history.
import { speaksToModel } from './injection.ts'

export interface TicketText {
  /** The whole content with control characters taken out. */
  clean: string
  /** What the message says, as plain text. */
  body: string
  /** Its sentences, in order; those that speak to a model are left out. */
  sentences: readonly string[]
  /** Lines under the closing formula, such as a name and a company. */
  signature: readonly string[]
}

/** Nobody writes more by hand; the rest is a log or an attack. */
const READ_CHARS = 20_000
const SENTENCE_CHARS = 1000

/** ANSI escapes; control, bidirectional and invisible characters. */
const ESCAPE = String.fromCharCode(27)
const ESCAPES = new RegExp(`${ESCAPE}\\[[\\d;?]{0,20}[ -/]{0,4}[@-~]|${ESCAPE}[@-_]`, 'g')
const INVISIBLE = /[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu
const CONTROL = /(?![\n\t])\p{Cc}/gu

const GREETING =
  /^\s*(?:(?:hi|hey|hello|dear|good (?:morning|afternoon|evening|day)|greetings|to whom it may concern|hallo|guten (?:tag|morgen)|bonjour|hola|buenos d[ií]as|salve|ciao|hei|dzień dobry|sehr geehrte)\b(?: (?:again|there|all|team|everyone|support|sir|or|madam|folks|damen|und|herren|tallyport|the|[\p{Lu}][\p{L}]{1,20})){0,6}\s*(?:[,!.:\n–-]+|$))\s*/iu
const TRANSCRIPT =
  /^\s*(?:phone note|voicemail|transcript|call note|(?:the )?(?:caller|customer) (?:says|called|reports)|call from [^:\n]{1,80})\s*[:.]\s*/i
const CLOSING = new RegExp(
  '(?:^|\\n|(?<=[.!?)] )|(?<=[.!?)]\\n))\\s*' +
    "(?:thank(?:s| you)(?: in advance| very much| again)?|(?:(?:kind|best|warm|many|with best|with kind) )?(?:regards|thanks|wishes)|cheers|sincerely|yours(?: \\w{1,12})?|best|br|mfg|gr(?:ü|u)(?:ß|ss)e?|gruß|groet|cordialement|merci(?: d'avance)?|grazie|gracias|obrigado|pozdrawiam|(?:mit freundlichen|viele|liebe) gr(?:ü|u)(?:ß|ss)en?|saludos)" +
    // A name follows, or nothing: "Thanks for listening." is a sentence.
    "\\s{0,2}[,.!–-]{0,3}(?=\\s*\\n|\\s*$|\\s+-?\\s*(?-i:\\p{Lu})[\\p{L}.'-]+(?:\\s|$))",
  'iu',
)
const SENT_FROM =
  /(?:^|\n)\s*(?:sent from my [\p{L} ]{2,30}|get outlook for \p{L}{2,20}|von meinem [\p{L} ]{2,30} gesendet)\s*$/iu
const HISTORY =
  /(?:^|\n)\s*(?:>|-{2,} ?(?:original message|forwarded message)|_{10,}|on [^\n]{4,80} wrote:|am [^\n]{4,80} schrieb|from: [^\n]{3,120}\n)/i
const ROLE_MARK = /<\|[a-z_]{1,20}\|>|<<\/?SYS>>|<\/?(?:system|assistant|user)>/gi
/** A signature is short. */
const SIGNATURE_LINES = 6
const SIGNATURE_CHARS = 240

export function cleanText(content: string): string {
  return content
    .slice(0, READ_CHARS)
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(ESCAPES, '')
    .replace(INVISIBLE, '')
    .replace(CONTROL, ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
}

/** HTML and Markdown taken off; what a picture or a link points to is no text. */
export function toPlainText(text: string): string {
  return text
    .replace(/<(script|style)\b[^>]{0,300}>[^<]{0,5000}<\/\1\s{0,5}>/gi, ' ')
    .replace(/!?\[([^\]\n]{0,300})\]\([^)\s]{0,2000}(?: "[^"\n]{0,300}")?\)/g, '$1')
    .replace(/<(?:br|\/p|\/div|\/li|\/tr)\b[^<>]{0,100}>/gi, '\n')
    .replace(/<\/?[a-z!@#][^<>\n]{0,500}>/gi, ' ')
    .replace(/&(?:nbsp|#160);/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/^\s{0,4}(?:#{1,6}|[*•-])\s+/gm, '')
    .replace(/(\*\*|__|``?`?)/g, '')
    .replace(/[^\S\n]+/g, ' ')
}

/** Ends of sentences: a full stop before a small letter, after one letter or a known short form is none. */
export function splitSentences(text: string): string[] {
  const found: string[] = []
  for (const line of text.split(/\n+/)) {
    let from = 0
    for (const match of line.matchAll(/[.!?…。！？]+["')\]]{0,2}(?=\s+|$|(?<=[。！？]))/g)) {
      const end = match.index + match[0].length
      const next = line.slice(end).trimStart()[0] ?? ''
      const before = line.slice(Math.max(from, match.index - 12), match.index)
      const isShortForm = /(?:^|\s)(?:e\.g|i\.e|etc|approx|no|nr|mr|mrs|ms|dr|st|vs|inc|ltd|bzw|ca|z\.b|\p{L})$/iu.test(
        before,
      )
      if (match[0] === '.' && next !== '' && (isShortForm || (/\p{N}/u.test(next) && /\p{N}$/u.test(before)))) continue
      found.push(line.slice(from, end))
      from = end
    }
    found.push(line.slice(from))
  }
  return found
    .map((sentence) => sentence.trim().slice(0, SENTENCE_CHARS))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))
}

/** Takes greeting, history and signature off. A message that is nothing but these keeps what it has. */
function takeBody(text: string): { body: string; signature: string[] } {
  const history = HISTORY.exec(text)
  let rest = history !== null && history.index > 0 ? text.slice(0, history.index) : text
  rest = rest.replace(SENT_FROM, '').replace(TRANSCRIPT, '').replace(GREETING, '')
  const tail = Math.max(0, rest.length - SIGNATURE_CHARS)
  const closing = CLOSING.exec(rest.slice(tail))
  if (closing === null || tail + closing.index === 0) return { body: rest.trim(), signature: [] }
  const at = tail + closing.index
  const lines = rest
    .slice(at + closing[0].length)
    .split('\n')
    .map((line) => line.replace(/^[\s,-]+/, '').trim())
    .filter((line) => line !== '')
  if (lines.length > SIGNATURE_LINES) return { body: rest.trim(), signature: [] }
  return { body: rest.slice(0, at).trim(), signature: lines }
}

export function readTicketText(content: string): TicketText {
  const clean = cleanText(content)
  // Marks of a conversation with a model would go with the markup, and what they introduce would stay.
  const { body, signature } = takeBody(toPlainText(clean.replace(ROLE_MARK, ' [INST] ')))
  const sentences = splitSentences(body).filter((sentence) => !speaksToModel(sentence))
  return { clean, body, sentences, signature }
}
