// A version as people write it, looked up in the registry: the version, or the sentence that says why it cannot be taken.
import type { ModelVersion, Registry } from '../platform/ports/registry.ts'
import { cutText, toPlainMarkdown } from './compare-text.ts'
import { tellHowToBegin } from './model-policies.ts'
import type { ModelKind } from './policy.ts'

const MAX_LISTED = 8

/** `v3`, `V3`, `3` and `003` are version `3`; null for everything else. */
export function parseVersion(text: string): string | null {
  const digits = /^v?(\d{1,9})$/i.exec(text.trim())?.[1]
  return digits === undefined ? null : String(Number(digits))
}

export type ReadVersion = { kind: 'version'; version: ModelVersion } | { kind: 'refused'; why: string }

/** What an approval rests on of a version. */
export function tellVersion({ version, status, source, runId }: ModelVersion): string {
  return `v${version}, ${status}, ${source}, run ${runId ?? 'none'}`
}

/** Whatever its status: ask `whyNotReady`. Throws PLATFORM_* where the registry does not answer. */
export async function readVersion(
  registry: Registry,
  { model, kind = 'chain' }: { model: string; kind?: ModelKind },
  text: string,
): Promise<ReadVersion> {
  const list = () => listVersions(registry, { model, kind })
  if (text.trim() === '') {
    return refused(`Which version? Write \`promote v3\`. ${await list()}`)
  }
  const number = parseVersion(text)
  if (number === null) {
    const shown = toPlainMarkdown(cutText(text, 40))
    return refused(
      `“${shown}” is no version, so nothing was asked for. Write a number, such as \`promote v3\`. ${await list()}`,
    )
  }
  const version = await registry.getVersion(model, number)
  if (!version) {
    return refused(`There is no version v${number} of ${model}, so nothing was asked for. ${await list()}`)
  }
  return { kind: 'version', version }
}

export function whyNotReady({ version, model, status, statusMessage }: ModelVersion): string | null {
  if (status === 'READY') return null
  const because = statusMessage === '' ? '' : ` (${toPlainMarkdown(cutText(statusMessage, 200))})`
  const fix =
    status === 'PENDING'
      ? 'Wait until the registry shows it as READY, then ask again.'
      : 'Register it again as a new version, then ask for that one.'
  return `v${version} of ${model} is ${status}${because}, so it cannot answer anyone. ${fix}`
}

async function listVersions(registry: Registry, of: { model: string; kind: ModelKind }): Promise<string> {
  const { model } = of
  const versions = await registry.listVersions(model)
  if (versions.length === 0) return `${model} has no versions yet: ${tellHowToBegin(of)}.`
  const named = versions.slice(0, MAX_LISTED).map(({ version, aliases, status }) => {
    const notes = [...aliases, ...(status === 'READY' ? [] : [status])]
    return notes.length === 0 ? `v${version}` : `v${version} (${notes.join(', ')})`
  })
  const more = versions.length > MAX_LISTED ? ` and ${versions.length - MAX_LISTED} older ones` : ''
  return `There are ${named.join(', ')}${more}.`
}

function refused(why: string): ReadVersion {
  return { kind: 'refused', why }
}
