// Reads the settings of what lives on the lakehouse beside the platform: the index, training, and the volume of jobs.
import type { EnvReader } from './env-reader.ts'
import type { IndexSettings, PlatformSettings, TrainingSettings } from './settings.ts'

const FULL_NAME = /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+){2}$/
const VOLUME = /^\/Volumes(\/[^/]+){3,}$/

function fullName(reader: EnvReader, name: string): string | undefined {
  const value = reader.text(name)
  if (value === undefined || FULL_NAME.test(value)) return value
  const why = 'It must be a full name of three parts, each of letters, digits and underscores.'
  reader.fault(name, `It is ${JSON.stringify(value.slice(0, 60))}.`, why, 'Write it as catalog.schema.name.')
  return undefined
}

/** What only a workspace has is a fault elsewhere: it would silently do nothing. */
function needsWorkspace(reader: EnvReader, platform: PlatformSettings, name: string): void {
  if (platform.kind === 'databricks' || reader.text(name) === undefined) return
  reader.fault(
    name,
    'It is set.',
    'Only a Databricks workspace has it, and none is chosen.',
    `Set LAKEDESK_PLATFORM=databricks, or remove ${name}.`,
  )
}

function readIndex(reader: EnvReader, platform: PlatformSettings): IndexSettings {
  const name = fullName(reader, 'LAKEDESK_INDEX')
  const endpoint = reader.text('LAKEDESK_INDEX_ENDPOINT') ?? 'llm-rag-endpoint'
  const table = fullName(reader, 'LAKEDESK_INDEX_TABLE')
  const documents = fullName(reader, 'LAKEDESK_DOCUMENTS_TABLE')
  const all = ['LAKEDESK_INDEX', 'LAKEDESK_INDEX_TABLE', 'LAKEDESK_DOCUMENTS_TABLE']
  for (const one of all) needsWorkspace(reader, platform, one)
  return platform.kind === 'databricks' && name !== undefined
    ? { kind: 'databricks', name, endpoint, table, documents }
    : { kind: 'local' }
}

function readVolume(reader: EnvReader, platform: PlatformSettings): string | undefined {
  needsWorkspace(reader, platform, 'LAKEDESK_VOLUME')
  const value = reader.text('LAKEDESK_VOLUME')?.replace(/\/+$/, '')
  if (value === undefined || VOLUME.test(value)) return value
  const why = 'It must be a folder of a volume.'
  reader.fault(
    'LAKEDESK_VOLUME',
    `It is ${JSON.stringify(value.slice(0, 60))}.`,
    why,
    'Write it as /Volumes/catalog/schema/volume.',
  )
  return undefined
}

function readTraining(reader: EnvReader, platform: PlatformSettings, volume: string | undefined): TrainingSettings {
  const driver = reader.choice('LAKEDESK_TRAINING', ['local', 'fine-tuning', 'ai-runtime', 'composer'], 'local')
  if (driver !== 'local') needsWorkspace(reader, platform, 'LAKEDESK_TRAINING')
  if (driver !== 'local' && platform.kind === 'databricks' && volume === undefined) {
    reader.fault(
      'LAKEDESK_VOLUME',
      'It is missing.',
      `LAKEDESK_TRAINING is ${driver}, which reads its data from a volume.`,
      'Set LAKEDESK_VOLUME, such as /Volumes/ml_catalog/rag_data/code, or set LAKEDESK_TRAINING=local.',
    )
  }
  const classifier = reader.text('LAKEDESK_CLASSIFIER') ?? 'ml_catalog.support.ticket_classifier'
  return { driver, classifier }
}

export function readLakehouse(
  reader: EnvReader,
  platform: PlatformSettings,
): { index: IndexSettings; training: TrainingSettings; volume: string | undefined } {
  const volume = readVolume(reader, platform)
  return { index: readIndex(reader, platform), training: readTraining(reader, platform, volume), volume }
}
