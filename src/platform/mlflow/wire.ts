// Shapes that several answers of MLflow share: numbers as text, key-value lists, pages, times.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'

/** int64 arrives as a number from open-source MLflow and as text from others. */
export const wholeSchema = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
])

/** A whole number that is kept as text, such as a version. */
export const wholeTextSchema = z.union([z.number().int(), z.string()]).transform(String)

export const pairsSchema = z
  .array(z.object({ key: z.string(), value: z.string().default('') }))
  .default([])
  .transform((pairs): Record<string, string> => Object.fromEntries(pairs.map(({ key, value }) => [key, value])))

/** For answers of which nothing is read: any object, and for the HTTP client no body as well. */
export const nothingSchema = z.looseObject({})

export function toPairs(values: Readonly<Record<string, string>> | undefined): { key: string; value: string }[] {
  return Object.entries(values ?? {}).map(([key, value]) => ({ key, value }))
}

/** ISO 8601 of milliseconds since 1970. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString()
}

/**
 * Follows `next_page_token` until it is absent or empty. A page may be empty and still name a next one. Throws PLATFORM_FAILED where a token
 * comes a second time: such a list never ends, and a part of it must not pass for the whole.
 */
export async function readPages<T>(
  read: (pageToken: string | undefined) => Promise<{ items: readonly T[]; next: string | undefined }>,
  enough: (items: readonly T[]) => boolean = () => false,
): Promise<T[]> {
  const items: T[] = []
  const seen = new Set<string>()
  let token: string | undefined
  do {
    const page = await read(token)
    items.push(...page.items)
    token = page.next || undefined
    if (token !== undefined && seen.has(token)) throw endless(token)
    if (token !== undefined) seen.add(token)
  } while (token !== undefined && !enough(items))
  return items
}

function endless(token: string): LakedeskError {
  return new LakedeskError(
    'PLATFORM_FAILED',
    `The server named the same next page twice (${JSON.stringify(token.slice(0, 40))}), so its list would never end, and a part of it is not shown as the whole. Try again; if it stays so, look at the server or what stands before it.`,
  )
}
