// One line that shows how far a long piece of work is, with counts and rate; plain lines where nobody watches live.
const WIDTH = 24
const REDRAW_MS = 80
const PLAIN_EVERY_MS = 5_000

export interface ProgressBar {
  update(label: string, done: number, total: number, rate?: { count: number; unit: string }): void
  /** Clears the line. */
  end(): void
}

function draw(done: number, total: number): string {
  const filled = total === 0 ? WIDTH : Math.round((Math.min(done, total) / total) * WIDTH)
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}]`
}

/** Writes to `err`; where it is no terminal, one plain line every five seconds. */
export function createProgressBar(err: NodeJS.WritableStream & { isTTY?: boolean }): ProgressBar {
  const started = performance.now()
  let last = err.isTTY ? Number.NEGATIVE_INFINITY : started
  let shown = 0
  return {
    update(label, done, total, rate) {
      const now = performance.now()
      const every = err.isTTY ? REDRAW_MS : PLAIN_EVERY_MS
      if (now - last < every && (done < total || !err.isTTY)) return
      last = now
      const perSecond = rate ? rate.count / Math.max(0.001, (now - started) / 1000) : 0
      const speed = rate ? `  ${rate.count} ${rate.unit}, ${perSecond.toFixed(0)}/s` : ''
      const line = `${label} ${draw(done, total)} ${done} of ${total}${speed}`
      err.write(err.isTTY ? `\r${line.padEnd(shown)}` : `${line}\n`)
      shown = line.length
    },
    end() {
      if (err.isTTY && shown > 0) err.write(`\r${' '.repeat(shown)}\r`)
      shown = 0
    },
  }
}
