// Shapes that several answers of MLflow share: numbers as text, key-value lists, pages, times.
import { z } from 'zod'

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

/** For answers of which nothing is read: any object. */
export const nothingSchema = z.looseObject({})

export function toPairs(values: Readonly<Record<string, string>> | undefined): { key: string; value: string }[] {
  return Object.entries(values ?? {}).map(([key, value]) => ({ key, value }))
}

/** ISO 8601 of milliseconds since 1970. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString()
}

/** Follows `next_page_token` until it is absent or empty. A page may be empty and still name a next one. */
export async function readPages<T>(
  read: (pageToken: string | undefined) => Promise<{ items: readonly T[]; next: string | undefined }>,
  enough: (items: readonly T[]) => boolean = () => false,
): Promise<T[]> {
  const items: T[] = []
  let token: string | undefined
  do {
    const page = await read(token)
    items.push(...page.items)
    if (page.next === token) break
    token = page.next || undefined
  } while (token !== undefined && !enough(items))
  return items
}
