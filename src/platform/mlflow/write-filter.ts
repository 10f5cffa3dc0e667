// Writes conditions in MLflow's search grammar, which has quotes but no way to escape one.

/**
 * `text` in quotes; undefined where the grammar cannot hold it: both kinds of quotes in it, a backslash (the server's SQL parser reads
 * it as an escape and then keeps it), or a control character. What cannot be asked has to be compared after reading.
 * Source: mlflow/utils/search_utils.py, which cuts off the first and the last character of the token and unescapes nothing.
 */
export function quoteValue(text: string): string | undefined {
  if (/[\\\p{Cc}]/u.test(text)) return undefined
  if (!text.includes("'")) return `'${text}'`
  return text.includes('"') ? undefined : `"${text}"`
}

/** A key in backticks, such as that of a tag; undefined where the grammar cannot hold it. */
export function quoteKey(key: string): string | undefined {
  return /[`'"\\\p{Cc}]/u.test(key) || key === '' ? undefined : `\`${key}\``
}

/** `tags.`k` = 'v'`; undefined where the grammar cannot hold it. */
export function tagCondition(key: string, value: string): string | undefined {
  const quotedKey = quoteKey(key)
  const quotedValue = quoteValue(value)
  return quotedKey === undefined || quotedValue === undefined ? undefined : `tags.${quotedKey} = ${quotedValue}`
}
