// Keeps what stands in the stand-ins' Slack and Teams in a file, so that the playground goes on where it was.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Log } from '../core/log.ts'

interface Kept {
  snapshot(): unknown
  restore(snapshot: unknown): void
}

export interface WorldKeeper {
  /** Something changed: it is written soon. */
  changed(): void
  /** Writes what is not written yet. */
  close(): void
}

const fileSchema = z.object({ slack: z.unknown(), teams: z.unknown() })
const WRITE_AFTER_MS = 400

/** Restores both sides from the file, where there is one; a file that cannot be read is put aside, and said so. */
export function keepWorld(path: string, sides: { slack: Kept; teams: Kept }, log: Log): WorldKeeper {
  let timer: NodeJS.Timeout | null = null

  if (existsSync(path)) {
    try {
      const kept = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
      sides.slack.restore(kept.slack)
      sides.teams.restore(kept.teams)
    } catch (error) {
      renameSync(path, `${path}.unreadable`)
      log.warn('The messages of the last time could not be read, so the rooms are empty', { path, cause: error })
    }
  }

  /** Written beside and renamed: a process that is killed leaves the old file or the new one. */
  function write(): void {
    timer = null
    mkdirSync(dirname(path), { recursive: true })
    const draft = `${path}.draft`
    writeFileSync(draft, JSON.stringify({ slack: sides.slack.snapshot(), teams: sides.teams.snapshot() }), {
      mode: 0o600,
    })
    renameSync(draft, path)
  }

  function writeOrTell(): void {
    try {
      write()
    } catch (error) {
      log.warn('The messages could not be kept for the next start', { path, cause: error })
    }
  }

  return {
    changed() {
      timer ??= setTimeout(writeOrTell, WRITE_AFTER_MS)
    },
    close() {
      if (timer === null) return
      clearTimeout(timer)
      writeOrTell()
    },
  }
}
