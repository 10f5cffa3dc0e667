// What people corrected in chat, read from the store file without its lock: one-shot commands run beside a server.
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { TaughtRow } from '../platform/ports/taught-rows.ts'
import { readLabelledRows } from '../store/sqlite/read-labelled.ts'
import { STORE_FILE } from './build-answering.ts'

export async function readCorrections({ data }: Settings): Promise<readonly TaughtRow[]> {
  return readLabelledRows(join(resolve(data), STORE_FILE))
}
