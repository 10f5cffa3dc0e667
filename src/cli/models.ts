// `lakedesk models`: the models that the workspace can be asked for, by task, and which one answers.
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { describeThroughput, type ListedModel, listModels } from '../platform/databricks/list-models.ts'
import { openWorkspace } from './databricks-auth.ts'

function toLine(model: ListedModel, inUse: ReadonlySet<string>): string {
  const facts = [
    model.task,
    model.system ? 'pay per token' : 'own endpoint',
    ...(model.ready ? [] : ['not ready']),
    ...(model.throughput ? [describeThroughput(model.throughput)] : []),
    ...(inUse.has(model.name) ? ['in use'] : []),
  ]
  return `${model.name}  ${facts.join(', ')}\n`
}

/** One line a model. Throws CONFIG_INVALID without a workspace, PLATFORM_*. */
export async function models(settings: Settings, log: Log, out: NodeJS.WritableStream): Promise<void> {
  const { platform, model, embeddings, evaluation, sql } = settings
  if (platform.kind !== 'databricks') {
    const why = 'Models are listed by a workspace, and LAKEDESK_PLATFORM is'
    throw new LakedeskError(
      'CONFIG_INVALID',
      `${why} ${platform.kind}. Set LAKEDESK_PLATFORM=databricks and DATABRICKS_HOST.`,
    )
  }
  const inUse = new Set([model.name, embeddings.name, evaluation.judge, sql.model])
  const listed = await listModels(openWorkspace(platform, log).http)
  if (listed.length === 0) out.write(`${platform.host} lists no model that Lakedesk may see.\n`)
  for (const one of listed) out.write(toLine(one, inUse))
}
