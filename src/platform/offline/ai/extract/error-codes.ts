// Finds error codes: ERR-42, E1234, ORA-00600, 0x80070005, HTTP 503, rate_limited.
import { findAll } from '../text/patterns.ts'
import { type Finder, type Found, ranked } from './found.ts'

const TROUBLE =
  /\b(?:errors?|codes?|fehler\p{L}{0,6}|erreur|errore|erro|fail\p{L}{0,5}|exceptions?|status|message|says?|shows?|throws?|with|returns?|returned|answered|gives?|get|getting)\b/iu
/** Prefixes of numbers that name a thing and no fault. */
const NO_ERROR =
  /^(?:INV|TP|ORD|SO|PO|SKU|RMA|CASE|TICKET|TKT|T|C|R|ID|REQ|SHA|AES|EAN|ISO|UTF|RFC|WS|WH|ZD|TC|CT|RTX|COVID|HTTP|TLS|USB|HDMI|BS|DIN|EN|DE|NL|FR|AT|CL|PC|TD)$/
const CODE = /(?<![\w/@.-])([A-Z][A-Z\d]{0,9})([-_:])(\d{1,6}|[A-Z]{1,8}[-_]\d{1,6})(?![\w@-]|\.\d)/g
const JOINED = /(?<![\w/@.-])(E|ERR|ERROR|EX|F|W|CS|TS|ORA|SQLSTATE)(\d{2,6})(?![\w@-])/g
const HEX = /\b0x[\da-f]{4,16}\b/gi
const HTTP = /\bHTTP(?:\/\d(?:\.\d)?)?(?: (?:status|error|code))? ?([1-5]\d\d)\b/gi
const STATUS = /(?<![\w.,€$£-])([45]\d\d)(?: (?:[a-z]{2,20}_)?[a-z]{2,20}){0,3}(?![\w%-]|[.,]\d)/gi
const NAMED = /\b([a-z]{2,20}(?:_[a-z]{2,20}){1,4})\b/g
const EXCEPTION = /\b([A-Z][A-Za-z]{2,40}(?:Error|Exception|Fault))\b/g
const ERRNO =
  /\b(E(?:CONN(?:REFUSED|RESET|ABORTED)|TIMEDOUT|NOTFOUND|ACCES|PERM|NOENT|PIPE|ADDRINUSE|HOSTUNREACH)|ENOTFOUND|ERR_[A-Z_]{3,40})\b/g
const AFTER_WORD =
  /\b(?:error|fault|status|fehler|err)(?:[- ]?(?:code|number|no|nr|id))?\s{0,2}[:#=]?\s{0,2}["'(]?([A-Z\d][A-Z\d_.-]{1,19}\d|\d{2,6})(?![\w])/gi

/** What may follow a bare number that is a status of HTTP. */
const STATUS_CONTEXT =
  /\b(?:http|status|api|request|error|errors|answered|returns?|returned|response|gateway|get|getting|post|put|call|calls|we get)\b/i

/** Numbers of phones, hosts and addresses are no codes. */
function withoutContacts(text: string): string {
  let rest = text
  for (const name of ['email', 'url', 'ip', 'phone'] as const) {
    for (const { text: found } of findAll(name, rest)) rest = rest.replaceAll(found, ' ')
  }
  return rest
}

function before(text: string, at: number): string {
  return text.slice(Math.max(0, at - 60), at)
}

export const findErrorCodes: Finder = (reading) => {
  const said = withoutContacts(reading.said)
  const found: Found[] = []
  const add = (value: string, confidence: number) => found.push({ value: value.replace(/[.]+$/, ''), confidence })
  for (const match of said.matchAll(CODE)) {
    const [whole, prefix = ''] = match
    if (NO_ERROR.test(prefix) || /^\d+$/.test(prefix)) continue
    add(whole, TROUBLE.test(before(said, match.index)) ? 0.95 : 0.85)
  }
  for (const match of said.matchAll(JOINED))
    add(match[0], match[1] === 'E' || (match[1] ?? '').startsWith('ERR') ? 0.85 : 0.6)
  for (const match of said.matchAll(HEX)) add(match[0], 0.85)
  for (const match of said.matchAll(ERRNO)) add(match[0], 0.9)
  for (const match of said.matchAll(HTTP)) add(match[0], 0.85)
  for (const match of said.matchAll(AFTER_WORD)) {
    const value = match[1] ?? ''
    if (!NO_ERROR.test(/^[A-Z]+/i.exec(value)?.[0].toUpperCase() ?? '')) add(value, 0.8)
  }
  for (const match of said.matchAll(EXCEPTION)) add(match[0], 0.75)
  for (const match of said.matchAll(NAMED)) {
    const lead = before(said, match.index)
    const isWorkspace = /[@/.\w-]$/.test(lead) || /\b(?:column|field|file|table|header)\s$/i.test(lead)
    if (!isWorkspace && TROUBLE.test(said.slice(Math.max(0, match.index - 80), match.index + 60))) add(match[0], 0.65)
  }
  for (const match of said.matchAll(STATUS)) {
    const around = said.slice(Math.max(0, match.index - 60), match.index + 40)
    if (!STATUS_CONTEXT.test(around) || found.some(({ value }) => value.includes(match[1] ?? ''))) continue
    const words = /^\d{3} [a-z]+_[a-z_]+/i.exec(match[0])
    if (words === null) add(match[1] ?? '', 0.5)
  }
  return ranked(found)
}
