// The log on standard error: one JSON line each, with every known secret struck out wherever it stands.
import { pino } from 'pino'
import type { Log } from '../core/log.ts'

export interface LogOptions {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Values that must never be written; short ones (under 6 characters) are ignored, they would hit ordinary words. */
  secrets: readonly string[]
  write(line: string): void
}

function scrub(line: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line)
}

/** Errors become their name, message, code and causes; a cause may be anything. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  return { name, message, code, stack, ...(cause === undefined ? {} : { cause: serializeError(cause) }) }
}

/** Creates the log of the process. */
export function createLog(options: LogOptions): Log {
  const secrets = options.secrets.filter((secret) => secret.length >= 6)
  const target = pino(
    { level: options.level, base: null, serializers: { error: serializeError, cause: serializeError } },
    { write: (line: string) => options.write(scrub(line, secrets)) },
  )
  const wrap = (logger: pino.Logger): Log => ({
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    with: (fields) => wrap(logger.child(fields)),
  })
  return wrap(target)
}
