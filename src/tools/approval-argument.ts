// Reads what people write behind commands about a request: its id first, then the rest of the line.

const APPROVAL_ID = /^[23456789a-hj-km-np-z]{6}$/

/** The id in small letters, and what stands behind it; a string is the sentence that says how to write it. */
export function readApprovalId(text: string, command: string): { approval: string; rest: string } | string {
  const [first = '', ...more] = text.trim().split(/\s+/)
  const approval = first.toLowerCase().replace(/^[`'"#]+|[`'",.]+$/g, '')
  if (APPROVAL_ID.test(approval)) return { approval, rest: more.join(' ') }
  const what = first === '' ? 'There is no request behind the command.' : 'That is no id of a request.'
  return `${what} An id has six letters and digits: write \`${command} a7f3k2\`. \`promotions\` lists the open ones.`
}
