// One line that says on what a figure was measured.
import { cpus, totalmem } from 'node:os'

export function describeMachine(): string {
  const cores = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cores[0]?.model.trim() ?? 'unknown CPU'}, ${cores.length} cores, ${memory} GB, ${process.platform} ${process.arch}, Node ${process.version}`
}
