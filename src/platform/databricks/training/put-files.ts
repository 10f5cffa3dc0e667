// Brings examples and programs to where jobs read them: a folder of a volume.
import { createHash } from 'node:crypto'
import type { TrainingFile } from '../../ports/training.ts'
import type { Volumes } from '../../ports/volumes.ts'

/** The folder of the files, or the file where there is one alone. Writing the same again changes nothing. Throws PLATFORM_*. */
export async function putData(
  { volumes, volume }: { volumes: Volumes; volume: string },
  name: string,
  files: readonly TrainingFile[],
): Promise<string> {
  const folder = `${volume}/lakedesk/training/${name.replace(/[^\w.-]+/g, '-')}`
  // What tells a reader of shards that they are there is written last.
  const ordered = [...files].sort((a, b) => Number(a.path === 'index.json') - Number(b.path === 'index.json'))
  for (const { path, bytes } of ordered) await volumes.put(`${folder}/${path}`, bytes)
  const [first] = files
  return files.length === 1 && first ? `${folder}/${first.path}` : folder
}

/** Under a name with its digest, so that a running job keeps the one it began with. */
export async function putProgram(
  { volumes, volume }: { volumes: Volumes; volume: string },
  name: string,
  text: string,
): Promise<string> {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const at = name.lastIndexOf('.')
  const path = `${volume}/lakedesk/programs/${name.slice(0, at)}-${digest}${name.slice(at)}`
  const bytes = new TextEncoder().encode(text)
  if ((await volumes.size(path)) !== bytes.length) await volumes.put(path, bytes)
  return path
}
