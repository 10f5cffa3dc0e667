// Only one process works on one training at a time; a process that was killed holds nothing.
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 500
/** Locks of this process: after a restart of a container the same process id holds none of them. */
const own = new Set<string>()

/** Waits for who has it; rejects with the reason of the signal. Gives what releases it. */
export async function takeLock(folder: string, name: string, signal: AbortSignal): Promise<() => Promise<void>> {
  const path = join(folder, `${name}.lock`)
  await mkdir(folder, { recursive: true })
  for (;;) {
    signal.throwIfAborted()
    if (!own.has(path) && (await tryLock(path))) {
      own.add(path)
      return async () => {
        own.delete(path)
        await rm(path, { force: true })
      }
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const holder = Number(await readFile(path, 'utf8').catch(() => ''))
  // Empty: it is being written just now, or its writer was killed between two steps; looked at again, and then it counts as nobody's.
  if (holder > 0 ? holder !== process.pid && isAlive(holder) : !(await isStillEmpty(path))) return false
  await rm(path, { force: true })
  return false
}

async function isStillEmpty(path: string): Promise<boolean> {
  await sleep(LOOK_EVERY_MS)
  return (await readFile(path, 'utf8').catch(() => 'gone')) === ''
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process is one all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
