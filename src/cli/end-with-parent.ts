// Loaded ahead of a command that another process started and feeds from a pipe: when that process is gone, so is the command.

/** A command that stops in order (such as `serve`) has this long. */
const GRACE_MS = 10_000

process.stdin.once('end', () => {
  setTimeout(() => process.exit(1), GRACE_MS).unref()
  process.kill(process.pid, 'SIGTERM')
})
process.stdin.on('error', () => {})
process.stdin.resume()
// The pipe alone keeps no process alive that has done its work.
if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref()
