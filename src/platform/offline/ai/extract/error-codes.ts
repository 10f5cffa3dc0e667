// Finds error codes: ERR-42, E1234, ORA-00600, 0x80070005, HTTP 503, rate_limited.
import { findAll } from '../text/patterns.ts'
import { type Finder, type Found, ranked } from './found.ts'

/** Words before a code that make it one of a fault. */
const TROUBLE =
  /\b(?:errors?|codes?|fehler\p{L}{0,6}|erreur|errore|erro|fail\p{L}{0,5}|exceptions?|status|message|says?|shows?|throws?|stuck|with|returns?|returned|answer(?:s|ed)?|gives?|get|getting)\b/iu
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
  /\b(?:error|fault|status|fehler|err|exit|with code|[,;(] ?code)(?:[- ]?(?:code|number|no|nr|id))?\s{0,2}[:#=]?\s{0,2}["'(]?([A-Z\d][A-Z\d_.-]{1,19}\d|-\d{1,6}|\d{2,6})(?![\w])/gi
/** INVALID_SESSION_ID, CrashLoopBackOff, AADSTS50011: names by themselves, faults where a word of trouble stands before. */
const SHOUTED = /(?<![\w@/.-])[A-Z]{2,20}(?:_[A-Z\d]{2,20}){1,6}(?![\w@])/g
const HUMPED = /(?<![\w@/.-])[A-Z][a-z]{2,20}(?:[A-Z][a-z]{1,20}){2,5}(?![\w@])/g
const LONG = /(?<![\w@/.-])([A-Z]{3,10})\d{4,8}(?![\w@-])/g
const SQLSTATE = /\bSQLSTATE ?\[?[\dA-Z]{5}\]?/g
/** "the dishwasher DW-800": a name behind the noun that it names is none of a fault. */
const NAMED_THING = /\b(?:(?:the|an?|our|my|your|this|that)(?: [\p{L}-]{1,30}){1,3}|model|type) $/iu

/** What may follow a bare number that is a status of HTTP. */
const STATUS_CONTEXT =
  /\b(?:http|status|api|request|error|errors|answer(?:s|ed)?|returns?|returned|response|gateway|get|getting|post|put|call|calls|we get)\b/i

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
    const lead = before(said, match.index)
    const name = NAMED_THING.exec(lead)?.[0]
    if (name !== undefined && !TROUBLE.test(name)) continue
    add(whole, TROUBLE.test(lead) ? 0.95 : 0.85)
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
  for (const match of said.matchAll(SQLSTATE)) add(match[0], 0.9)
  for (const [pattern, confidence] of [
    [SHOUTED, 0.8],
    [LONG, 0.7],
    [HUMPED, 0.55],
  ] as const) {
    for (const match of said.matchAll(pattern)) {
      const near = said.slice(Math.max(0, match.index - 25), match.index)
      if (TROUBLE.test(near) && !NO_ERROR.test(match[1] ?? '')) add(match[0], confidence)
    }
  }
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
