// Looks for a run of managed fine-tuning by its name in the service's own list, through all its pages.
import { z } from 'zod'
import type { MlflowHttp } from '../../mlflow/mlflow-http.ts'
import { answerOf } from '../../mlflow/platform-errors.ts'
import { readPages } from '../../mlflow/wire.ts'
import { ROOT } from './describe-fine-tuning.ts'

const ids = z.union([z.string().min(1), z.number()]).transform(String)
const listedSchema = z
  .looseObject({
    run_id: ids.optional(),
    id: ids.optional(),
    name: z.string().nullish(),
    run_name: z.string().nullish(),
  })
  .transform(({ run_id, id, name, run_name }) => ({ runId: run_id ?? id, names: [name, run_name] }))
/** No official source describes this list, so one without `runs` does not say that there are none. */
const pageSchema = z.looseObject({ runs: z.array(listedSchema).optional(), next_page_token: z.string().nullish() })

/** `none` where the whole list was read and names every run; `unknown` where it cannot tell. Throws PLATFORM_*. */
export async function findStarted(name: string, http: MlflowHttp): Promise<{ runId: string } | 'none' | 'unknown'> {
  let tells = true
  try {
    const runs = await readPages(async (page_token) => {
      const call = { method: 'GET', path: ROOT, query: { page_token }, about: 'fine-tuning runs' } as const
      const page = await http.json({ ...call, answer: pageSchema })
      if (page.runs === undefined) tells = false
      return { items: page.runs ?? [], next: page.next_page_token ?? undefined }
    })
    const runId = runs.find(({ names }) => names.includes(name))?.runId
    if (runId !== undefined) return { runId }
    return tells && runs.every(({ names }) => names.some(Boolean)) ? 'none' : 'unknown'
  } catch (error) {
    // There is no such list here.
    if (answerOf(error)?.status === 404) return 'unknown'
    throw error
  }
}
