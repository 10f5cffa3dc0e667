// `lakedesk lakehouse`: a whole Databricks workspace on this machine, over its real wire, until SIGTERM.
import { isLoopbackHost } from '../config/loopback.ts'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type BuiltLakehouse, buildLakehouse, WAREHOUSE } from './build-lakehouse.ts'
import type { Terminal } from './ingest.ts'
import { stopSignal } from './stop-signal.ts'

export interface LakehouseCommand {
  /** As typed. */
  port: string
  host: string
  token?: string
  memory: boolean
  python?: string
  user: readonly string[]
}

/** At least so long, since a token is all that keeps others out. */
const SHORTEST_TOKEN = 16

function readPort(given: string): number {
  const port = /^\d+$/.test(given) ? Number(given) : -1
  if (port >= 0 && port <= 65_535) return port
  throw new LakedeskError('CONFIG_INVALID', `--port takes a number from 0 to 65535, not ${JSON.stringify(given)}.`)
}

function checkToken(token: string | undefined): void {
  if (token === undefined || (token.length >= SHORTEST_TOKEN && /^[\w.-]+$/.test(token))) return
  const message = `--token takes at least ${SHORTEST_TOKEN} letters, digits and . _ -. Leave it out to have one made.`
  throw new LakedeskError('CONFIG_INVALID', message)
}

function describe({ lakehouse, token, folder }: BuiltLakehouse): string {
  return `The local lakehouse is ready at ${lakehouse.host}
What it keeps lies in ${folder ?? 'memory alone, and ends with it'}.

For Lakedesk and every client of Databricks:

  export DATABRICKS_HOST=${lakehouse.host}
  export DATABRICKS_TOKEN=${token}
  export DATABRICKS_WAREHOUSE_ID=${WAREHOUSE}
  export LAKEDESK_PLATFORM=databricks

Stop it with Ctrl-C.
`
}

/** Runs until SIGTERM or SIGINT; requests that run are answered first. Throws CONFIG_INVALID, STORE_LOCKED, STORE_CORRUPT. */
export async function runLakehouse(
  options: LakehouseCommand,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<void> {
  const { host, token, memory, python, user: users } = options
  const port = readPort(options.port)
  checkToken(token)
  const stop = stopSignal()
  const built = await buildLakehouse({ settings, log, host, port, token, memory, python, users })
  try {
    if (!isLoopbackHost(host)) {
      terminal.stderr.write(
        `Warning: ${host} can be reached from other machines. Whoever has the token may read and change everything, and nothing is encrypted.\n`,
      )
    }
    terminal.stdout.write(describe(built))
    if (!stop.signal.aborted) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve))
  } finally {
    stop.release()
    await built.close()
  }
}
