// How Lakedesk names itself to the servers it asks.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const manifestSchema = z.object({ version: z.string().regex(/^[\w.+-]+$/) })
const { version } = manifestSchema.parse(
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')),
)

/** In the form of Databricks' own SDKs: `product/version key/value …`, such as `auth/pat`. */
export function userAgent(...facts: string[]): string {
  return [`lakedesk/${version}`, `node/${process.versions.node}`, `os/${process.platform}`, ...facts].join(' ')
}
