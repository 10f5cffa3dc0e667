// The limits of a tracking server, as MLflow sets them: mlflow/utils/validation.py.
import type { MetricPoint } from '../../ports/runs.ts'
import { refuse } from './platform-errors.ts'

const KEY_CHARACTERS = 250
const PARAM_VALUE_CHARACTERS = 6000
const TAG_VALUE_CHARACTERS = 5000

/** Names of params, metrics and tags: `^[/\w.\- ]*$`, written as a path would be in its shortest form. */
export function checkKey(kind: 'param' | 'metric' | 'tag', key: string): void {
  const shown = key.slice(0, 80)
  if (key.length > KEY_CHARACTERS) {
    throw refuse(`The name of the ${kind} "${shown}" has ${key.length} characters; ${KEY_CHARACTERS} are allowed.`)
  }
  const parts = key.split('/')
  if (!/^[/\w.\- ]+$/.test(key) || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw refuse(
      `"${shown}" cannot be the name of a ${kind}: use letters, digits, "_", "-", ".", spaces and single "/" between parts.`,
    )
  }
}

export function checkParam(key: string, value: string): void {
  checkKey('param', key)
  if (value.length <= PARAM_VALUE_CHARACTERS) return
  throw refuse(
    `The value of the param ${key} has ${value.length} characters; ${PARAM_VALUE_CHARACTERS} are allowed. Keep long text as an artifact.`,
  )
}

export function checkTags(tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    checkKey('tag', key)
    if (value.length <= TAG_VALUE_CHARACTERS) continue
    throw refuse(`The value of the tag ${key} has ${value.length} characters; ${TAG_VALUE_CHARACTERS} are allowed.`)
  }
}

/** A value must be a finite number: one that is not would spoil every mean it gets into. */
export function checkMetric({ key, value, timestamp, step }: MetricPoint): void {
  checkKey('metric', key)
  if (!Number.isFinite(value)) {
    throw refuse(
      `The metric ${key} is ${value}, which is no finite number. Leave it out where it could not be measured.`,
    )
  }
  if (Number.isSafeInteger(timestamp) && Number.isSafeInteger(step)) return
  throw refuse(
    `The metric ${key} needs a whole number as step (${step}) and as timestamp in milliseconds (${timestamp}).`,
  )
}
