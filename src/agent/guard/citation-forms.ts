// Reads the forms in which models write citations: [1], [1, 2], [^1], [doc 1], [[1]], 【1†source】.

const LABEL = '(?:docs?|documents?|passages?|sources?|refs?|references?|citations?|cite)'
const NUMBER = String.raw`(?:${LABEL}[\s.:#]*)?\^?#?\d{1,4}`
const LIST = new RegExp(String.raw`^\^?\s*${NUMBER}(?:\s*(?:[,;&]|and|-|–|to)\s*\^?${NUMBER})*\s*$`, 'i')
/** The most passages that a written range such as [1-3] may stand for. */
const MAX_RANGE = 20

/** The numbers inside the brackets, in order and once each; null where the brackets hold something else. */
export function parseCitationLabel(label: string): number[] | null {
  const inner = label.replace(/^[\s[【]+|[\s\]】]+$/g, '').replace(/†.*$/s, '')
  if (!LIST.test(inner)) return null
  const numbers: number[] = []
  for (const [, from = '', , to] of inner.matchAll(/(\d+)(\s*(?:-|–|to)\s*\^?(\d+))?/gi)) {
    const first = Number(from)
    const last = to === undefined ? first : Number(to)
    if (last < first || last - first >= MAX_RANGE) numbers.push(first, last)
    else for (let n = first; n <= last; n++) numbers.push(n)
  }
  return [...new Set(numbers)]
}
