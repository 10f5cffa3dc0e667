// What the slow agent of the crash test writes: known to the process that is killed and to the one that looks.
export const CHUNKS = ['One ', 'two ', 'three ', 'four ', 'five ', 'six.'] as const

export function toFullAnswer(turnId: string): string {
  return `${CHUNKS.join('')} (${turnId})`
}
