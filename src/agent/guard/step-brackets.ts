// Everything that begins with a bracket: citations, links, references, definitions, images.
import type { Passage } from '../../core/passage.ts'
import { holdsBareHost } from './bare-hosts.ts'
import { parseCitationLabel } from './citation-forms.ts'
import { closeGroup, type GuardState } from './guard-state.ts'
import { findBracketEnd, readTarget, WAIT, type Wait } from './markup.ts'
import { trimAddress } from './urls.ts'

/** `[` or `【` stands at the start of the rest. */
export function stepBracket(state: GuardState, final: boolean): Wait | undefined {
  const { rest } = state
  const end = findBracketEnd(rest, 0, final)
  if (end === WAIT) return WAIT
  if (end === null) return literal(state)
  const label = rest.slice(1, end)
  const numbers = parseCitationLabel(label)
  if (rest.startsWith('【')) return numbers ? cite(state, numbers, end + 1) : literal(state)

  const next = rest[end + 1]
  if (next === undefined && !final) return WAIT
  if (next === '(') {
    const target = readTarget(rest, end + 1, final)
    if (target === WAIT) return WAIT
    if (target && numbers) return cite(state, numbers, target.end)
    if (target) return link(state, label, target.url, target.end)
  }
  if (next === ':' && isLineStart(state)) {
    // A definition would turn every [label] of the answer into a link to its address.
    if (numbers) return cite(state, numbers, end + 2)
    return again(state, `${label.replace(/^\^/, '')}:`, end + 2)
  }
  if (numbers) return cite(state, numbers, end + 1)
  if (next === '[') return stepReference(state, label, end + 1, final)
  return literal(state)
}

/** `![` stands at the start of the rest. Images are left out, and with them their text. */
export function stepImage(state: GuardState, final: boolean): Wait | undefined {
  const { rest } = state
  const end = findBracketEnd(rest, 1, final)
  if (end === WAIT) return WAIT
  const next = end === null ? undefined : rest[end + 1]
  if (end !== null && next === undefined && !final) return WAIT
  if (end !== null && next === '(') {
    const target = readTarget(rest, end + 1, final)
    if (target === WAIT) return WAIT
    if (target) return leaveOut(state, target.end)
  } else if (end !== null && parseCitationLabel(rest.slice(2, end))) {
    state.pen.write('!')
    state.rest = rest.slice(1)
    return
  } else if (end !== null && next === '[') {
    const second = findBracketEnd(rest, end + 1, final)
    if (second === WAIT) return WAIT
    return leaveOut(state, (second ?? end) + 1)
  } else if (end !== null) return leaveOut(state, end + 1)
  state.pen.write('\\!')
  state.rest = rest.slice(1)
}

/** `[text][ref]`: the text alone, since what `ref` stands for may be defined anywhere. */
function stepReference(state: GuardState, label: string, from: number, final: boolean): Wait | undefined {
  const end = findBracketEnd(state.rest, from, final)
  if (end === WAIT) return WAIT
  if (end === null || parseCitationLabel(state.rest.slice(from + 1, end))) return literal(state)
  return again(state, label, end + 1)
}

function link(state: GuardState, label: string, url: string, end: number): undefined {
  if (!state.urls.mayLink(url)) return again(state, label, end)
  closeGroup(state)
  const plain = label.replace(/[[\]<>!\\&\n]/g, '')
  const text = plain.split('`').length % 2 === 1 ? plain : plain.replaceAll('`', '')
  // A text that looks like another address than the one behind it deceives.
  const honest =
    (/:\/\/|www\./i.test(text) || holdsBareHost(text)) && !state.urls.stands(trimAddress(text.trim())) ? url : text
  state.pen.write(`[${honest.trim() || url}](${/[()]/.test(url) ? `<${url}>` : url})`)
  state.rest = state.rest.slice(end)
}

/** Writes the numbers that point at a passage, as `[1][2]`; the others are left out. */
function cite(state: GuardState, numbers: readonly number[], end: number): undefined {
  const cited = numbers.map((n) => state.passage(n)).filter((passage): passage is Passage => passage !== undefined)
  state.rest = state.rest.slice(end)
  if (cited.length === 0) {
    closeGroup(state)
    state.pen.gap()
    return
  }
  for (const passage of cited) {
    if (state.group.includes(passage)) continue
    state.group.push(passage)
    state.pen.cite(`[${passage.n}]`)
  }
}

/** The bracket is a bracket. */
function literal(state: GuardState): undefined {
  closeGroup(state)
  state.pen.write(state.rest.charAt(0))
  state.rest = state.rest.slice(1)
}

/** Leaves the markup out and reads its text as text. */
function again(state: GuardState, text: string, end: number): undefined {
  closeGroup(state)
  state.rest = text + state.rest.slice(end)
}

function leaveOut(state: GuardState, end: number): undefined {
  closeGroup(state)
  state.pen.gap()
  state.rest = state.rest.slice(end)
}

function isLineStart(state: GuardState): boolean {
  return /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*$/.test(state.pen.line())
}
