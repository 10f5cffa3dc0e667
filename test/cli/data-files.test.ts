// The folder of files to train on holds whatever somebody put there: each odd thing has its sentence, and nothing hangs.
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataFiles } from '../../src/cli/data-files.ts'
import { makeFolder } from './run-cli.ts'

let folder: ReturnType<typeof makeFolder>
let datasets: string
let files: ReturnType<typeof dataFiles>
beforeEach(() => {
  folder = makeFolder()
  datasets = join(folder.path, 'datasets')
  mkdirSync(datasets)
  writeFileSync(join(folder.path, 'secret.jsonl'), '{"name":"Ana","salary_usd":1}\n')
  writeFileSync(join(datasets, 'good.jsonl'), '{"text":"t","label":"l"}\n')
  files = dataFiles(datasets, null)
})
afterEach(() => folder.dispose())

const told = async (name: string): Promise<string> => {
  const read = await files.read(name)
  if (typeof read !== 'string') throw new Error(`${name} was read`)
  return read
}

describe('a file to train on', () => {
  it('is read where it lies in the folder as a file of its own', async () => {
    expect(Buffer.from((await files.read('good.jsonl')) ?? '').toString()).toBe('{"text":"t","label":"l"}\n')
    expect(await files.read('none.jsonl')).toBeNull()
  })

  it('may lie in a folder that is a link itself, which whoever runs the server chose', async () => {
    symlinkSync(datasets, join(folder.path, 'linked'))
    expect(await dataFiles(join(folder.path, 'linked'), null).read('good.jsonl')).toBeInstanceOf(Uint8Array)
  })

  it('is no link, wherever that points', async () => {
    symlinkSync(join(folder.path, 'secret.jsonl'), join(datasets, 'out.jsonl'))
    symlinkSync('/dev/zero', join(datasets, 'endless.jsonl'))
    symlinkSync(join(folder.path, 'nowhere'), join(datasets, 'broken.jsonl'))
    symlinkSync('loop.jsonl', join(datasets, 'loop.jsonl'))
    for (const name of ['out.jsonl', 'endless.jsonl', 'broken.jsonl', 'loop.jsonl']) {
      expect(await told(name)).toBe(
        `${name} is a link, and links are not followed. Put the file itself into ${datasets}.`,
      )
    }
  })

  it('is no pipe, which would be waited for without end', async () => {
    execFileSync('mkfifo', [join(datasets, 'pipe.jsonl')])
    expect(await told('pipe.jsonl')).toBe(
      `pipe.jsonl is no file that can be read to its end. Put a plain file into ${datasets}.`,
    )
  }, 5_000)

  it('is no folder', async () => {
    mkdirSync(join(datasets, 'dir.jsonl'))
    expect(await told('dir.jsonl')).toBe('dir.jsonl is a folder. Name one file of JSON lines.')
  })

  it('is not too large, which is known before it is read', async () => {
    writeFileSync(join(datasets, 'large.jsonl'), '')
    truncateSync(join(datasets, 'large.jsonl'), 5_000_000_000)
    expect(await told('large.jsonl')).toContain('large.jsonl is larger than 200 MB')
  })

  it('is offered only where it could be read', async () => {
    symlinkSync(join(folder.path, 'secret.jsonl'), join(datasets, 'out.jsonl'))
    mkdirSync(join(datasets, 'dir.jsonl'))
    linkSync(join(datasets, 'good.jsonl'), join(datasets, 'also.jsonl'))
    expect(await files.list()).toEqual(['also.jsonl', 'good.jsonl'])
  })

  it.each(['../secret.jsonl', 'sub/good.jsonl', '.hidden.jsonl', '/etc/passwd.jsonl', 'good.jsonl\0'])(
    'has a plain name: %j is none',
    async (name) => {
      expect(await told(name)).toContain('is no name of a file in')
    },
  )
})
