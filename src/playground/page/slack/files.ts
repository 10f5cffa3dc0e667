// The files of the workspace's messages, by id.
import type { FileView } from '../../words.ts'
import { slackFiles } from '../state/store.ts'

export function findFile(id: string): FileView | null {
  return slackFiles.value.get(id) ?? null
}

export function toSize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
