// How much room a cell of a table needs, by the length of its words.

/** A class: a number or a name stays on one line; sentences get the width to be read. */
export function toCellRoom(words: string): 'cell-short' | 'cell-middle' | 'cell-long' {
  if (words.length <= 14) return 'cell-short'
  return words.length > 40 ? 'cell-long' : 'cell-middle'
}
