// Secrets of a workspace, and values that name one as `{{secrets/scope/key}}`.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { answerOf, isNotFound } from '../mlflow/platform-errors.ts'

export interface Secrets {
  /** Throws PLATFORM_NOT_FOUND where there is no such scope or key, PLATFORM_UNAUTHORIZED where it may not be read. */
  readSecret(scope: string, key: string): Promise<string>
}

const answerSchema = z.object({ value: z.string() })

/** No answer goes into an error or a log: it is the secret itself. */
export function createDatabricksSecrets({ http }: { http: MlflowHttp }): Secrets {
  return {
    async readSecret(scope, key) {
      const about = `the secret ${scope}/${key}`
      try {
        const query = { scope, key }
        const { value } = await http.json({
          method: 'GET',
          path: '/2.0/secrets/get',
          query,
          about,
          answer: answerSchema,
        })
        return Buffer.from(value, 'base64').toString('utf8')
      } catch (error) {
        throw explain(error, scope, key)
      }
    },
  }
}

function explain(error: unknown, scope: string, key: string): unknown {
  if (!(error instanceof LakedeskError)) return error
  const fix = isNotFound(error)
    ? `Store it with: databricks secrets put-secret ${scope} ${key}.`
    : answerOf(error)?.status === 403
      ? `Its owner gives the right with: databricks secrets put-acl ${scope} WHO READ.`
      : null
  return fix === null ? error : new LakedeskError(error.code, `${error.userMessage} ${fix}`, error.cause)
}

const REFERENCE = /^\{\{\s*secrets\/([\w.-]{1,128})\/([\w.-]{1,128})\s*\}\}$/

/** Scope and key where the whole value is a reference; else null. */
export function readReference(value: string): { scope: string; key: string } | null {
  const [, scope, key] = REFERENCE.exec(value.trim()) ?? []
  return scope !== undefined && key !== undefined ? { scope, key } : null
}

/**
 * The values with what their references stand for; others as they are. Each secret is read once. Throws CONFIG_INVALID naming the settings
 * whose references could not be read.
 */
export async function resolveSecrets(
  values: Readonly<Record<string, string | undefined>>,
  secrets: Secrets,
): Promise<Record<string, string | undefined>> {
  const read = new Map<string, Promise<string>>()
  const resolve = async ([name, value]: [string, string | undefined]): Promise<[string, string | undefined]> => {
    const found = value === undefined ? null : readReference(value)
    if (!found) return [name, value]
    const id = `${found.scope}/${found.key}`
    const reading = read.get(id) ?? secrets.readSecret(found.scope, found.key)
    read.set(id, reading)
    try {
      return [name, await reading]
    } catch (error) {
      const why = error instanceof LakedeskError ? error.userMessage : 'It could not be read.'
      throw new LakedeskError('CONFIG_INVALID', `${name} names the secret ${id}. ${why}`, error)
    }
  }
  return Object.fromEntries(await Promise.all(Object.entries(values).map(resolve)))
}
