// What a failed command leaves on standard error.
import { toLakedeskError } from '../core/errors.ts'

/** One sentence, and with `debug` the whole chain of causes. */
export function reportFailure(error: unknown, debug: boolean): void {
  const known = toLakedeskError(error)
  const text =
    known.code === 'INTERNAL' && error instanceof Error
      ? `Something unexpected broke: ${error.message.split('\n')[0]}. Please run it again with --debug and report what it prints.`
      : known.userMessage
  process.stderr.write(`lakedesk: ${text} (${known.code})\n`)
  if (debug)
    process.stderr.write(
      `${known.stack}\n${known.cause === undefined ? '' : `cause: ${String((known.cause as Error).stack ?? known.cause)}\n`}`,
    )
}
