// Cuts text into overlapping windows, character for character as the chunk_text function of the RAG appendix does (fragment T.4.8).

export interface Window {
  text: string
  /** Offset of the window in the text, in code points. */
  start: number
}

/** `size` and `overlap` count code points, as Python's len does. Empty text gives no window. */
export function cutWindows(text: string, size = 512, overlap = 64): Window[] {
  if (overlap >= size) throw new RangeError('The overlap must be smaller than the window.')
  const points = Array.from(text)
  const windows: Window[] = []
  for (let start = 0; start < points.length; start += size - overlap) {
    const end = Math.min(start + size, points.length)
    windows.push({ text: points.slice(start, end).join(''), start })
    if (end === points.length) break
  }
  return windows
}
