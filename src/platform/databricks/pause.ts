// A pause that an abort ends at once, with the reason of the abort.
import { setTimeout as sleep } from 'node:timers/promises'

/** Rejects with the reason of the signal, where `node:timers` gives an AbortError of its own. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  }
}
