// Who may talk to the playground's server: pages of its own on this machine, and no page of another site.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Why a request is refused: its status and a sentence. */
export interface RequestFault {
  status: 403 | 415
  why: string
}

function nameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

/**
 * A site of the attacker can let its own name point to this machine, and would then be of one origin with us (DNS rebinding).
 * It cannot send another name than its own, so only these names are answered: those of the loopback, and with `network` (asked
 * for by hand) addresses in figures and the name that was asked for, which no site can rebind.
 */
function isOurHost(host: string, network: string | null): boolean {
  const name = nameOf(host)
  return isLoopbackName(name) || (network !== null && (isIP(name) !== 0 || name === network.toLowerCase()))
}

/** Null where the request for `path` may pass. `network`: the host that was asked for beside the loopback, or null. */
export function findRequestFault(req: IncomingMessage, path: string, network: string | null): RequestFault | null {
  const host = req.headers.host ?? ''
  if (!isOurHost(host, network)) {
    return { status: 403, why: 'This server answers only under the address that it printed at its start.' }
  }
  const { origin } = req.headers
  const site = req.headers['sec-fetch-site']
  const isData = path.startsWith('/api/') || req.method !== 'GET'
  if (!isData) return null
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, why: 'Pages of other sites may not talk to the playground.' }
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, why: 'Pages of other sites may not talk to the playground.' }
  }
  // A form of another site can post text, but no JSON, without asking first.
  if (req.method === 'POST' && !/^application\/json\s*(;|$)/i.test(req.headers['content-type'] ?? '')) {
    return { status: 415, why: 'Post JSON, with content-type: application/json.' }
  }
  return null
}
