// Calls of the local lakehouse to its own API, without a connection: programs of jobs use what every client uses.
import { notFound, type Route, type Values } from '../wire.ts'

/** `request` such as `POST /api/2.0/mlflow/runs/create`. Gives the body of the answer. Throws the refusal of the area. */
export type Ask = (request: string, args?: Values, body?: AskBody) => Promise<Values>

export interface AskBody {
  bytes: Buffer
  headers: Readonly<Record<string, string>>
}

/** The lakehouse as one of its users sees it. `routes` is asked at the first call: areas may be made after this. */
export function createAsk(routes: () => readonly Route[], caller: string, signal: AbortSignal): Ask {
  return async (request, args = {}, body) => {
    const [method = '', address = ''] = request.split(' ')
    const url = new URL(address, 'http://lakehouse')
    for (const route of routes()) {
      const at = route.method === method ? route.matches(url.pathname) : null
      if (!at) continue
      const headers = { host: url.host, ...body?.headers }
      const all = { ...Object.fromEntries(url.searchParams), ...args }
      const said = await route.handle({
        method,
        headers,
        at,
        args: all,
        bytes: body?.bytes ?? Buffer.alloc(0),
        caller,
        signal,
      })
      return typeof said === 'object' && said !== null ? { ...said } : {}
    }
    throw notFound(`No API found for '${method} ${url.pathname}'`)
  }
}
