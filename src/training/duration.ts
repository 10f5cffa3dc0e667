// How long a training lasts, as people and platforms write it: `3ep`, `100ba`, `1_000_000tok`.

export type Duration = { unit: 'ep' | 'ba' | 'tok'; amount: number }

const DURATION = /^(\d[\d_]*)\s*(ep|epochs?|ba|batch(?:es)?|tok|tokens?)$/i
/** Beyond it a training only learns by heart. */
const MOST: Readonly<Record<Duration['unit'], number>> = { ep: 200, ba: 10_000_000, tok: 1_000_000_000_000 }

/** A string is the sentence what is wrong. */
export function parseDuration(text: string): Duration | string {
  const match = DURATION.exec(text.trim())
  if (!match?.[1] || !match[2])
    return `"${text}" is no duration: write 3ep (epochs), 100ba (batches) or 1_000_000tok (tokens).`
  const unit = match[2].toLowerCase().startsWith('e') ? 'ep' : match[2].toLowerCase().startsWith('b') ? 'ba' : 'tok'
  const amount = Number(match[1].replaceAll('_', ''))
  if (amount < 1 || amount > MOST[unit]) {
    return `${text} is out of bounds: from 1${unit} to ${MOST[unit]}${unit}.`
  }
  return { unit, amount }
}

export function toDurationText({ unit, amount }: Duration): string {
  return `${amount}${unit}`
}
