// Waits for work, but no longer than its signal allows.

/**
 * Rejects with the signal's reason as soon as it fires, even where the work does not listen to it. What the work rejects with
 * after that goes to `onLate`.
 */
export function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onLate: (error: unknown) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    void work
      .then(resolve, (error: unknown) => (signal.aborted ? onLate(error) : reject(error)))
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
