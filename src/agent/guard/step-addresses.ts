// Bare addresses, in text and in code: shown where they stand in a passage, replaced where they do not.
import { beginsWithHost, hostBefore, isFtpHost } from './bare-hosts.ts'
import type { GuardState } from './guard-state.ts'
import { WAIT, type Wait } from './markup.ts'
import { REMOVED_LINK, trimAddress } from './urls.ts'

const STARTS = ['http:', 'https:', 'ftp:', 'www.', 'mailto:', 'ftp.']
const MAX_ADDRESS = 2_000
const RUN = /^[^\s<>"`]*/

/**
 * Handles an address that begins here. `null` where none does. The first letters of `http` are held back until they are
 * decided; other schemes are recognised at their `://`, when the scheme's own name has already been shown.
 */
export function stepAddress(state: GuardState, final: boolean): Wait | 'taken' | null {
  const { rest, pen } = state
  const line = pen.line()
  if (!/[\p{L}\p{N}]$/u.test(line)) {
    const lower = rest.slice(0, 7).toLowerCase()
    if (STARTS.some((start) => lower.startsWith(start))) return takeAddress(state, '', final)
    if (!final && STARTS.some((start) => start.startsWith(lower))) return WAIT
  }
  if (rest[0] === ':') {
    if (!final && (rest === ':' || rest === ':/')) return WAIT
    const scheme = /[a-z][a-z0-9+.-]*$/i.exec(line)?.[0]
    if (scheme && rest.startsWith('://')) return takeAddress(state, scheme, final)
    if (/(?:https?|ftp|mailto)$/i.test(scheme ?? '') && /^:\S/.test(rest))
      return takeAddress(state, scheme ?? '', final)
  }
  if (rest[0] === '.' && /(?:^|[^\p{L}\p{N}])www$/iu.test(line)) {
    if (!final && rest === '.') return WAIT
    if (/^\.\S/.test(rest)) return takeAddress(state, line.slice(-3), final)
  }
  return stepHost(state, final)
}

/** An address without a scheme. Its host has been shown when the mark comes that makes it one. */
function stepHost(state: GuardState, final: boolean): Wait | 'taken' | null {
  const { rest, pen, fence } = state
  const line = pen.line()
  const mark = rest.charAt(0)
  if (mark === '/' && !/[\p{L}\p{N}/:]$/u.test(line)) {
    if (!final && /^\/{1,2}$/.test(rest)) return WAIT
    if (/^\/\/[\p{L}\p{N}]/u.test(rest)) {
      const run = RUN.exec(rest)?.[0] ?? ''
      if (run.length === rest.length && run.length <= MAX_ADDRESS && !final) return WAIT
      return beginsWithHost(trimAddress(run)) ? takeAddress(state, '', final) : null
    }
  }
  if (!/[/?#:]/.test(mark) || !/[\p{L}\p{N}]$/u.test(line)) return null
  // How `:` goes on tells a port, and how `/` goes on tells a network from a path.
  if (!final && rest.length < 5 && !/[\s]/.test(rest) && hostBefore(line, `${mark}1x`, fence !== null) !== null)
    return WAIT
  const host = hostBefore(line, rest, fence !== null)
  return host === null ? null : takeAddress(state, host, final)
}

/** `shown` is the part of the address that has been written before it was known to be one. */
function takeAddress(state: GuardState, shown: string, final: boolean): Wait | 'taken' {
  const run = RUN.exec(state.rest)?.[0] ?? ''
  if (run.length === state.rest.length && run.length <= MAX_ADDRESS && !final) return WAIT
  const url = trimAddress(run)
  const isWord = /^(?:https?|ftp|www|mailto)?:?$/i.test(url) || (/^ftp\./i.test(url) && !isFtpHost(url))
  if (isWord && url !== '') {
    state.pen.write(url)
    state.rest = state.rest.slice(url.length)
    return 'taken'
  }
  const allowed = run.length <= MAX_ADDRESS && state.urls.stands(shown + url)
  state.rest = state.rest.slice(Math.max(url.length, 1))
  if (allowed) state.pen.address(url)
  else state.pen.write(/[\p{L}\p{N}.:/]$/u.test(state.pen.line()) ? ` ${REMOVED_LINK}` : REMOVED_LINK)
  return 'taken'
}
