// `lakedesk audit`: proves the record offline, and writes it out.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import { type AuditReport, readAudit, verifyAudit, verifyExport } from '../store/sqlite/verify-audit.ts'
import { STORE_FILE } from './build-answering.ts'
import type { Terminal } from './ingest.ts'

const storeOf = (settings: Settings): string => join(resolve(settings.data), STORE_FILE)

/** `<lines>:<hash>`, as `audit verify` prints it. */
function readHead(text: string | undefined): { lines: number; hash: string } | undefined {
  if (text === undefined) return undefined
  const match = /^(\d+):([0-9a-f]{64})$/.exec(text.trim())
  if (match?.[1] && match[2]) return { lines: Number(match[1]), hash: match[2] }
  throw new LakedeskError(
    'CONFIG_INVALID',
    `--head ${text} is no head of an audit. Write it as audit verify prints it: <lines>:<hash of 64 digits>.`,
  )
}

function tell({ lines, head, broken }: AuditReport, where: string, terminal: Terminal): boolean {
  if (!broken) {
    terminal.stdout.write(
      `The audit of ${where} holds: ${lines} lines, none changed or missing.\nhead ${lines}:${head}\n`,
    )
    return true
  }
  const what = [broken.what, broken.at].filter((part) => part !== null).join(', ')
  terminal.stderr.write(
    `lakedesk: The audit of ${where} is broken at line ${broken.seq}${what === '' ? '' : ` (${what})`}: ${broken.why} The ${lines} lines before it hold. Compare with a copy or an export. (AUDIT_BROKEN)\n`,
  )
  return false
}

/** False where the record was changed. `file`: an export instead of the store of this data folder. */
export async function auditVerify(
  options: { file?: string; head?: string },
  settings: Settings,
  terminal: Terminal = process,
): Promise<boolean> {
  const noted = readHead(options.head)
  if (options.file === undefined) return tell(await verifyAudit(storeOf(settings), noted), storeOf(settings), terminal)
  let text: string
  try {
    text = readFileSync(options.file, 'utf8')
  } catch (error) {
    throw new LakedeskError('SOURCE_MISSING', `The export ${options.file} cannot be read. Check the path.`, error)
  }
  if (text.trim() === '') {
    throw new LakedeskError(
      'AUDIT_BROKEN',
      `The export ${options.file} is empty, so it proves nothing. Export it again.`,
    )
  }
  return tell(await verifyExport(text.split('\n'), noted), options.file, terminal)
}

/** One JSON object a line, oldest first, with the hashes. */
export async function auditExport(settings: Settings, terminal: Terminal = process): Promise<void> {
  for (const entry of readAudit(storeOf(settings))) terminal.stdout.write(`${JSON.stringify(entry)}\n`)
}
