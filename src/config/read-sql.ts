// Reads the settings of SQL, its AI functions and the tickets.
import type { EnvReader } from './env-reader.ts'
import type { ModelSettings, PlatformSettings, SqlSettings } from './settings.ts'

/** A warehouse belongs to a workspace: without one the embedded tables are used. */
function readWarehouse(reader: EnvReader, platform: PlatformSettings): SqlSettings['warehouse'] {
  const id = reader.text('DATABRICKS_WAREHOUSE_ID')
  const catalog = reader.text('LAKEDESK_SQL_CATALOG')
  const schema = reader.text('LAKEDESK_SQL_SCHEMA')
  if (platform.kind === 'databricks' && id !== undefined) {
    return { id, ...(catalog ? { catalog } : {}), ...(schema ? { schema } : {}) }
  }
  for (const [name, value] of [
    ['LAKEDESK_SQL_CATALOG', catalog],
    ['LAKEDESK_SQL_SCHEMA', schema],
  ] as const) {
    if (value === undefined) continue
    const fix = `Set LAKEDESK_PLATFORM=databricks and DATABRICKS_WAREHOUSE_ID, or remove ${name}.`
    reader.fault(name, 'It is set.', 'Only a Databricks warehouse has catalogs, and none is chosen.', fix)
  }
  return undefined
}

export function readSql(reader: EnvReader, platform: PlatformSettings, model: ModelSettings): SqlSettings {
  const chosen = reader.text('LAKEDESK_AI_MODEL')
  const reached = model.workspace !== undefined || reader.text('LAKEDESK_MODEL_BASE_URL') !== undefined
  if (chosen !== undefined && chosen !== 'offline' && !reached) {
    reader.fault(
      'LAKEDESK_AI_MODEL',
      'It names a model.',
      'A model is reached over LAKEDESK_MODEL_BASE_URL, which is not set.',
      'Set LAKEDESK_MODEL and LAKEDESK_MODEL_BASE_URL, or set LAKEDESK_AI_MODEL=offline.',
    )
  }
  const whole = { min: 1, max: 1_000_000, whole: true }
  return {
    tickets: reader.text('LAKEDESK_TICKETS'),
    model: chosen ?? model.name,
    concurrency: reader.number('LAKEDESK_AI_CONCURRENCY', { ...whole, max: 256 }) ?? 16,
    perMinute: reader.number('LAKEDESK_AI_PER_MINUTE', whole) ?? null,
    warehouse: readWarehouse(reader, platform),
  }
}
