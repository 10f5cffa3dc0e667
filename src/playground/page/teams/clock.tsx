// When a message was written.
import { toClock } from './times.ts'

export function Clock({ at }: { at: string }) {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString('en-GB')}>
      {toClock(at)}
    </time>
  )
}
