// Finds the question of the set that somebody means, among those that the last nights measured.
import { readNights } from '../reports/nightly/night-ledger.ts'
import type { Ledger } from '../store/port-ledgers.ts'

const NIGHTS = 14
const MOST_NAMED = 5

/** Its id as the set spells it; a string in `why` says why none is meant. */
export async function findCase(
  text: string,
  { nights, model }: { nights: Ledger; model: string },
): Promise<{ id: string } | { why: string }> {
  const wanted = text.trim().replace(/^[`'"]+|[`'"]+$/g, '')
  const all = (await readNights(nights, model, NIGHTS)).flatMap(
    (night) => night.champion?.rows.map(({ id }) => id) ?? [],
  )
  const ids = [...new Set(all)]
  const found = ids.find((id) => id === wanted) ?? ids.find((id) => id.toLowerCase() === wanted.toLowerCase())
  if (found !== undefined) return { id: found }
  const shown = wanted.replace(/[^\p{L}\p{N}._:/ -]/gu, '').slice(0, 60)
  if (ids.length === 0)
    return { why: `No night has measured a question yet, so “${shown}” is not known. \`nightly now\` measures them.` }
  const near = ids.filter((id) => id.toLowerCase().includes(wanted.toLowerCase().slice(0, 4))).slice(0, MOST_NAMED)
  const hint = near.length > 0 ? ` Do you mean ${near.join(', ')}?` : ' The report names the questions that fail.'
  return { why: `The last nights measured no question “${shown}”.${hint}` }
}
