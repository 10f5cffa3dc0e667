// Fenced code: shown as it is, except for addresses that stand in no passage.
import type { Fence, GuardState, Step } from './guard-state.ts'
import { WAIT, type Wait } from './markup.ts'
import { stepAddress } from './step-addresses.ts'

const MAX_OPENING = 200

/**
 * Opens a fence where one stands. It is written at the left edge, also out of lists and quotes, since only there every
 * Markdown reader agrees with us on where the code begins and ends.
 */
export function stepOpenFence(state: GuardState, final: boolean): Wait | 'taken' | null {
  const { rest, pen } = state
  if (!/^(?:`|~)/.test(rest) || !/^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*$/.test(pen.line())) return null
  const run = /^(?:`+|~+)/.exec(rest)?.[0] ?? ''
  if (run.length < 3) return run.length === rest.length && !final ? WAIT : null
  const lineEnd = rest.indexOf('\n')
  if (lineEnd === -1 && !final && rest.length <= MAX_OPENING) return WAIT
  const info = rest.slice(run.length, lineEnd === -1 ? undefined : lineEnd)
  if (lineEnd === -1 && !final) return null
  if (run.startsWith('`') && info.includes('`')) return null
  const indent = /^[ \t]*$/.test(pen.line()) ? pen.line().length : 0
  pen.newLine()
  pen.write(run + (/^\s*([\w+#.-]{1,30})/.exec(info)?.[1] ?? ''))
  state.claims.beginCode()
  state.fence = { char: run.charAt(0), length: run.length, indent }
  state.rest = rest.slice(run.length + info.length)
  return 'taken'
}

export const stepInFence: Step = (state, final) => {
  const { fence, rest, pen } = state
  if (!fence) return
  if (rest.startsWith('\n')) {
    const closing = readClosing(rest.slice(1), fence, final)
    if (closing === WAIT) return WAIT
    pen.space('\n')
    if (closing === null) {
      const indent = new RegExp(`^ {0,${fence.indent}}`).exec(rest.slice(1))?.[0].length ?? 0
      state.rest = rest.slice(1 + indent)
      return
    }
    state.rest = rest.slice(1 + closing)
    pen.write(fence.char.repeat(fence.length))
    closeFence(state)
    // What follows must begin on a line of its own, or it would be part of the fence.
    if (state.rest !== '' && !state.rest.startsWith('\n')) pen.space('\n')
    return
  }
  const address = stepAddress(state, final)
  if (address === WAIT) return WAIT
  if (address === 'taken') return
  const char = rest.charAt(0)
  state.rest = rest.slice(1)
  if (/\s/.test(char)) pen.space(char)
  else pen.code(char)
}

/** Behind the closing line: judges the code, and marks it on a line of its own. */
export function closeFence(state: GuardState): void {
  state.fence = null
  const mark = state.claims.endCode()
  if (mark === '') return
  state.pen.space('\n')
  state.pen.mark(mark.trim())
}

/** Length of a closing line, however far indented or quoted; the line break behind it is not taken. */
function readClosing(text: string, fence: Fence, final: boolean): number | null | Wait {
  const open = new RegExp(`^[ \\t>]*\\${fence.char}*[ \\t]*$`)
  if (open.test(text) && !final && text.length < 200) return WAIT
  const closed = new RegExp(`^[ \\t>]*\\${fence.char}{${fence.length},}[ \\t]*(?=\\n|$)`).exec(text)
  return closed ? closed[0].length : null
}
