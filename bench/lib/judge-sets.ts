// Reads the sets that judges are measured on: grounded replies, pairs of answers with a preference, and tweets.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

const replySchema = z.object({
  id: z.string(),
  split: z.string(),
  context: z.string(),
  question: z.string(),
  response: z.string(),
  label: z.string(),
})
export type Reply = z.infer<typeof replySchema>

/** Labels -2 to 2: positive where people preferred `answer_b`. */
const pairSchema = z.object({
  id: z.string(),
  dataset: z.string(),
  question: z.string(),
  reference: z.string(),
  answer_a: z.string(),
  answer_b: z.string(),
  correctness: z.number(),
  completeness: z.number(),
  overall: z.number(),
})
export type Pair = z.infer<typeof pairSchema>

const tweetSchema = z.object({ text: z.string(), label: z.enum(['hate', 'offensive', 'neither']) })
export type Tweet = z.infer<typeof tweetSchema> & { id: string }

export interface JudgeSets {
  replies: Reply[]
  pairs: Pair[]
  tweets: Tweet[]
}

/** Of each kind the first found in the folders or right below them; empty where there is none. */
export function readJudgeSets(folders: readonly string[]): JudgeSets {
  return {
    replies: readFirst(folders, 'responses.jsonl', replySchema),
    pairs: readFirst(folders, 'pairs.jsonl', pairSchema),
    tweets: readFirst(folders, 'all.jsonl', tweetSchema).map((tweet, i) => ({
      id: `t${i}`,
      label: tweet.label,
      text: tweet.text.replace(/&amp;/g, '&').replace(/&#?\w+;/g, ' '),
    })),
  }
}

/** Every file of the name is tried, since other sets use the same names. */
function readFirst<T>(folders: readonly string[], name: string, schema: z.ZodType<T>): T[] {
  for (const file of folders.flatMap((folder) => findFiles(folder, name))) {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
    const first = schema.safeParse(JSON.parse(lines[0] ?? 'null'))
    if (first.success) return lines.map((line) => schema.parse(JSON.parse(line)))
  }
  return []
}

function findFiles(folder: string, name: string): string[] {
  if (!existsSync(folder)) return []
  const below = readdirSync(folder)
    .map((child) => path.join(folder, child))
    .filter((child) => statSync(child).isDirectory())
    .sort()
  return [folder, ...below].map((at) => path.join(at, name)).filter((file) => existsSync(file))
}

export type Half = 'tuning' | 'report'

/** Constants are set on one half and reported on the other: by the lowest bit of the FNV-1a hash of the id. */
export function halfOf({ id }: { id: string }): Half {
  let hash = 2_166_136_261
  for (const char of id) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619)
  return (hash & 1) === 0 ? 'tuning' : 'report'
}
