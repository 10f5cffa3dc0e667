// Does what a person wants, by the server; what goes wrong is shown as a toast.
import type { PlaygroundDeed } from '../../words.ts'
import { showToast } from './toasts.ts'

export type Done = { ok: true; [more: string]: unknown } | { ok: false; error: string }

const OFFLINE = 'The playground does not answer. What you typed is kept: try again when it is back.'

function readAnswer(body: unknown, status: number): Done {
  if (typeof body !== 'object' || body === null) return { ok: false, error: `The playground answered ${status}.` }
  if ('ok' in body && body.ok === true) return { ...body, ok: true }
  const error = 'error' in body && typeof body.error === 'string' ? body.error : `The playground answered ${status}.`
  return { ok: false, error }
}

/** Never throws: `ok` says whether it was done, so that a composer can keep what was typed. Errors are shown already. */
export async function act(deed: PlaygroundDeed): Promise<Done> {
  const done = await tryAct(deed)
  if (!done.ok) showToast(done.error)
  return done
}

/** The same, but shows no error: for what nobody asked for by hand. */
export async function tryAct(deed: PlaygroundDeed): Promise<Done> {
  try {
    const response = await fetch('/api/do', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(deed),
    })
    const body: unknown = await response.json().catch(() => null)
    return readAnswer(body, response.status)
  } catch {
    return { ok: false, error: OFFLINE }
  }
}
