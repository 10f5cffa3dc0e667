// One step through Markdown outside fenced code.

import { replaceBareHosts } from './bare-hosts.ts'
import { parseCitationLabel } from './citation-forms.ts'
import { closeGroup, type GuardState, type Step } from './guard-state.ts'
import { isInvisible } from './invisible.ts'
import { findBracketEnd, kindOfTag, readCodeSpan, readEntity, readTag, WAIT, type Wait } from './markup.ts'
import { stepAddress } from './step-addresses.ts'
import { stepBracket, stepImage } from './step-brackets.ts'
import { stepOpenFence } from './step-in-fence.ts'
import { REMOVED_LINK, trimAddress } from './urls.ts'

/** Escaped, these would show what we must check, so the backslash goes and the mark is read as itself. */
const UNESCAPE = /^\\[[\]<!:/.?@【]/
/** The same inside a word, where these are no markup. */
const UNESCAPE_IN_WORD = /^\\[-#]/

export const stepInText: Step = (state, final) => {
  if (state.group.length > 0) {
    const joined = stepJoin(state, final)
    if (joined === WAIT) return WAIT
    if (joined === 'taken') return
    closeGroup(state)
  }
  const fence = stepOpenFence(state, final)
  if (fence !== null) return fence === WAIT ? WAIT : undefined
  switch (state.rest[0]) {
    case '\\':
      return stepBackslash(state, final)
    case '`':
      return stepCode(state, final)
    case '!':
      return stepExclamation(state, final)
    case '[':
    case '【':
      return stepBracket(state, final)
    case '<':
      return stepTag(state, final)
    case '&':
      return stepAmpersand(state, final)
    default:
      return stepPlain(state, final)
  }
}

/** Citations that stand side by side, or with a comma between, are one group. */
function stepJoin(state: GuardState, final: boolean): Wait | 'taken' | null {
  const between = /^[ ,;]{0,3}/.exec(state.rest)?.[0] ?? ''
  const next = state.rest[between.length]
  if (next === undefined) return final ? null : WAIT
  if (next !== '[' && next !== '【') return null
  const end = findBracketEnd(state.rest, between.length, final)
  if (end === WAIT) return WAIT
  if (end === null) return null
  const numbers = parseCitationLabel(state.rest.slice(between.length + 1, end))
  if (!numbers?.some((n) => state.passage(n))) return null
  const held = state.rest
  state.rest = held.slice(between.length)
  const result = stepBracket(state, final)
  if (result === WAIT) {
    state.rest = held
    return WAIT
  }
  return 'taken'
}

function stepBackslash(state: GuardState, final: boolean): Wait | undefined {
  const { rest, pen } = state
  if (rest.length < 2 && !final) return WAIT
  if (UNESCAPE.test(rest) || (UNESCAPE_IN_WORD.test(rest) && /[\p{L}\p{N}]$/u.test(pen.line()))) {
    state.rest = rest.slice(1)
    return
  }
  const escapes = /^\\[!-/:-@[-`{-~]/.test(rest)
  pen.write(escapes ? rest.slice(0, 2) : '\\\\')
  state.rest = rest.slice(escapes ? 2 : 1)
}

function stepCode(state: GuardState, final: boolean): Wait | undefined {
  const { rest, pen, urls } = state
  const span = readCodeSpan(rest, final)
  if (span === WAIT) return WAIT
  // In a table the columns are cut first, so a bar inside may end the code before our backtick does.
  const risky = span !== null && /\|/.test(span.code) && /[[\]<>!&\\]|:\/\/|www\./.test(span.code)
  if (span === null || risky) {
    const ticks = /^`+/.exec(rest)?.[0] ?? ''
    pen.write('\\`'.repeat(ticks.length))
    state.rest = rest.slice(ticks.length)
    return
  }
  const allowed = (run: string): string => {
    const url = trimAddress(run)
    return urls.stands(url) ? run : REMOVED_LINK + run.slice(url.length)
  }
  const schemeless = replaceBareHosts(span.code, allowed)
  const code = schemeless.replace(/(?:[a-z][a-z0-9+.-]*:\/\/|www\.)[^\s<>"'`]*/gi, allowed)
  pen.write(`${span.ticks}${code}${span.ticks}`)
  state.rest = rest.slice(span.length)
}

function stepExclamation(state: GuardState, final: boolean): Wait | undefined {
  if (state.rest.length < 2 && !final) return WAIT
  if (state.rest[1] === '[') return stepImage(state, final)
  return stepPlain(state, final)
}

function stepTag(state: GuardState, final: boolean): Wait | undefined {
  const { rest, pen, urls } = state
  const content = readTag(rest, final)
  if (content === WAIT) return WAIT
  if (content === null) {
    pen.write(/^<[\s\d=]/.test(rest) ? '<' : '\\<')
    state.rest = rest.slice(1)
    return
  }
  const after = rest.slice(content.length + 2)
  const kind = kindOfTag(content)
  if (kind === 'autolink') {
    pen.write(urls.mayLink(content) ? `<${content}>` : REMOVED_LINK)
    state.rest = after
  } else if (kind === 'html') {
    if (/^br\b/i.test(content)) pen.space(' ')
    state.rest = after
  } else if (kind === 'placeholder') {
    pen.write(`\`<${content}>\``)
    state.rest = after
  } else {
    pen.write('\\<')
    state.rest = rest.slice(1)
  }
}

function stepAmpersand(state: GuardState, final: boolean): Wait | undefined {
  const { rest, pen } = state
  const entity = readEntity(rest, final)
  if (entity === WAIT) return WAIT
  if (entity === null) {
    // What follows may be left out, and what follows that may then complete an entity.
    const bare = /^&[#a-z0-9]*[[<!\\`【&]/i.test(rest)
    pen.write(bare ? '&amp;' : '&')
    state.rest = rest.slice(1)
  } else if (entity.char === null) {
    pen.write(rest.slice(0, entity.length))
    state.rest = rest.slice(entity.length)
  } else {
    const shown = [...entity.char].some((unit) => isInvisible(unit.charAt(0))) ? '' : entity.char
    state.rest = shown + rest.slice(entity.length)
  }
}

function stepPlain(state: GuardState, final: boolean): Wait | undefined {
  const address = stepAddress(state, final)
  if (address === WAIT) return WAIT
  if (address === 'taken') return
  const char = state.rest.charAt(0)
  state.rest = state.rest.slice(1)
  if (/\s/.test(char)) state.pen.space(char)
  else state.pen.write(char)
}
