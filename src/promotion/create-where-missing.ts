// Serving in which an endpoint that is not there yet reads as one without a config, and is created by its first promotion.
import type { Endpoint, Serving } from '../platform/ports/serving.ts'

/** For these endpoints alone: any other that is missing was perhaps misspelt, and stays missing. */
export function createWhereMissing(serving: Serving, names: ReadonlySet<string>): Serving {
  return {
    create: (name, config) => serving.create(name, config),
    invoke: (name, records, options) => serving.invoke(name, records, options),
    async describe(name) {
      const found = await serving.describe(name)
      return found === null && names.has(name) ? toEmpty(name) : found
    },
    async updateConfig(name, config) {
      if (names.has(name) && (await serving.describe(name)) === null) return serving.create(name, config)
      return serving.updateConfig(name, config)
    },
  }
}

function toEmpty(name: string): Endpoint {
  return { name, id: '', ready: false, update: 'NOT_UPDATING', config: null, pending: null, message: '' }
}
