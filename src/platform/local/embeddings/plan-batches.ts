// Cuts token sequences into windows that the model takes whole, and groups windows into batches.

/** Tokens of one window between the start and end marks. MiniLM was trained on short text and published with 256. */
export const WINDOW_TOKENS = 254
const WINDOW_OVERLAP = 32
/** Padded tokens that one run may hold: bounds memory and keeps a run below about 100 ms. */
const BATCH_TOKENS = 2048

export interface Window {
  /** Which text it belongs to. */
  text: number
  tokens: number[]
}

/** One window where the text fits, else overlapping windows that together cover every token. */
export function toWindows(text: number, tokens: number[]): Window[] {
  const windows: Window[] = []
  const step = WINDOW_TOKENS - WINDOW_OVERLAP
  let from = 0
  do {
    windows.push({ text, tokens: tokens.slice(from, from + WINDOW_TOKENS) })
    if (from + WINDOW_TOKENS >= tokens.length) break
    from += step
  } while (from < tokens.length)
  return windows
}

/** Batches of windows of like length, each within the token budget and `maxItems`; a batch is padded to its longest. */
export function planBatches(windows: readonly Window[], maxItems: number): Window[][] {
  const batches: Window[][] = []
  let batch: Window[] = []
  for (const window of windows.toSorted((a, b) => a.tokens.length - b.tokens.length)) {
    const padded = (batch.length + 1) * (window.tokens.length + 2)
    if (batch.length > 0 && (padded > BATCH_TOKENS || batch.length >= maxItems)) {
      batches.push(batch)
      batch = []
    }
    batch.push(window)
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
