// Types of DuckDB in Databricks' spelling.

const NAMES: Readonly<Record<string, string>> = {
  VARCHAR: 'STRING',
  TEXT: 'STRING',
  UUID: 'STRING',
  ENUM: 'STRING',
  TIME: 'STRING',
  BOOLEAN: 'BOOLEAN',
  TINYINT: 'TINYINT',
  SMALLINT: 'SMALLINT',
  INTEGER: 'INT',
  INT: 'INT',
  BIGINT: 'BIGINT',
  UTINYINT: 'SMALLINT',
  USMALLINT: 'INT',
  UINTEGER: 'BIGINT',
  UBIGINT: 'DECIMAL(20,0)',
  // What DuckDB makes of the sum of whole numbers.
  HUGEINT: 'BIGINT',
  UHUGEINT: 'DECIMAL(38,0)',
  FLOAT: 'FLOAT',
  REAL: 'FLOAT',
  DOUBLE: 'DOUBLE',
  BLOB: 'BINARY',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP_NTZ',
  TIMESTAMP_S: 'TIMESTAMP_NTZ',
  TIMESTAMP_MS: 'TIMESTAMP_NTZ',
  TIMESTAMP_NS: 'TIMESTAMP_NTZ',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
  TIMESTAMPTZ: 'TIMESTAMP',
  INTERVAL: 'INTERVAL',
  JSON: 'VARIANT',
  VARIANT: 'VARIANT',
  '"NULL"': 'VOID',
  NULL: 'VOID',
}

/** A DuckDB type, as DuckDB prints it, in Databricks' spelling: `STRUCT(a VARCHAR)[]` to `ARRAY<STRUCT<a: STRING>>`. Unknown ones become STRING. */
export function toDatabricksType(duckType: string): string {
  const type = duckType.trim()
  const upper = type.toUpperCase()
  const array = /^(.*)\[\d*\]$/s.exec(type)
  if (array) return `ARRAY<${toDatabricksType(array[1] ?? '')}>`
  const inner = type.slice(type.indexOf('(') + 1, -1)
  if (upper.startsWith('DECIMAL(')) return `DECIMAL(${inner.replaceAll(' ', '')})`
  if (upper.startsWith('MAP(')) return `MAP<${splitTypes(inner).map(toDatabricksType).join(', ')}>`
  if (upper.startsWith('STRUCT(')) return `STRUCT<${splitTypes(inner).map(toField).join(', ')}>`
  return NAMES[upper] ?? 'STRING'
}

function toField(field: string): string {
  const text = field.trim()
  if (text.startsWith('"')) {
    let end = 1
    while (end < text.length && (text[end] !== '"' || text[end + 1] === '"')) end += text[end] === '"' ? 2 : 1
    const name = text.slice(1, end).replaceAll('""', '"')
    const written = /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``
    return `${written}: ${toDatabricksType(text.slice(end + 1))}`
  }
  const space = text.indexOf(' ')
  return `${text.slice(0, space)}: ${toDatabricksType(text.slice(space + 1))}`
}

/** Parts between commas that stand in no parentheses and no quotes. */
function splitTypes(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let start = 0
  for (const [i, sign] of [...text].entries()) {
    if (sign === '"') quoted = !quoted
    else if (quoted) continue
    else if (sign === '(') depth += 1
    else if (sign === ')') depth -= 1
    else if (sign === ',' && depth === 0) {
      parts.push([...text].slice(start, i).join(''))
      start = i + 1
    }
  }
  parts.push([...text].slice(start).join(''))
  return parts
}
