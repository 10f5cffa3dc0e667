// A signal that aborts at the first Ctrl-C or SIGTERM; the second ends the process as usual.

export interface StopSignal {
  signal: AbortSignal
  /** Stops listening. */
  release(): void
}

export function stopSignal(): StopSignal {
  const stop = new AbortController()
  const abort = (): void => {
    release()
    stop.abort(new Error('stopped'))
  }
  const release = (): void => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, abort)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, abort)
  return { signal: stop.signal, release }
}
