// A lakehouse that keeps its state over restarts, asked over HTTP as any client does.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderBlobs } from '../../../src/platform/lakehouse/blobs.ts'
import { cannedEngine } from '../../../src/platform/lakehouse/sql-engine.ts'
import { type LakehouseParts, startLakehouse } from '../../../src/platform/lakehouse/start-lakehouse.ts'
import { openState } from '../../../src/platform/lakehouse/state.ts'

export const OWNER = 'owner@example.com'
export const TOKEN = 'dapi0123456789abcdef'

export interface Said {
  status: number
  headers: Headers
  json: Readonly<Record<string, unknown>>
}

export async function ask(
  host: string,
  request: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const [method = 'GET', path = ''] = request.split(' ')
  const response = await fetch(host + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: text === '' ? {} : JSON.parse(text) }
}

/** `restart` ends it and starts another one over the same folder, at the same address. */
export async function openKept(more: Partial<LakehouseParts> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kept-lakehouse-'))
  const start = async (port = 0) => {
    const lakehouse = await startLakehouse({
      port,
      state: openState(join(folder, 'lakehouse.db')),
      blobs: folderBlobs(join(folder, 'files')),
      engine: cannedEngine([{ name: '1', type: 'INT' }], [[1]]),
      answer: ({ entity_version }, record) => ({ version: entity_version, record }),
      ...more,
    })
    return lakehouse
  }
  let lakehouse = await start()
  lakehouse.people.addUser({ userName: OWNER })
  lakehouse.people.addToken(OWNER, TOKEN)
  return {
    folder,
    get lakehouse() {
      return lakehouse
    },
    ask: (request: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
      ask(lakehouse.host, request, body, headers),
    async restart(): Promise<void> {
      await lakehouse.close()
      lakehouse = await start(Number(new URL(lakehouse.host).port))
      // The connection that was kept open is gone with the one before.
      await fetch(lakehouse.host).catch(() => undefined)
    },
    async close(): Promise<void> {
      await lakehouse.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Kept = Awaited<ReturnType<typeof openKept>>
