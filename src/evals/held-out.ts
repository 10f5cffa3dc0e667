// The rows that versions of a classifier are measured on: those of the policy, or those that were held out of a training.
import { LakedeskError } from '../core/errors.ts'
import { HELD_OUT_FILE } from '../platform/ports/classifier.ts'
import type { ModelVersion, Registry } from '../platform/ports/registry.ts'
import type { Runs } from '../platform/ports/runs.ts'
import { parseLabelSet } from './eval-set.ts'
import type { EvalSet } from './evaluation.ts'
import { count } from './show-number.ts'

export interface LabelSetParts {
  /** Registered model. */
  model: string
  alias: string
  registry: Pick<Registry, 'getVersion' | 'listVersions' | 'getAlias'>
  runs: Pick<Runs, 'artifacts'>
  /** The set that the policy names. Absent: what was held out when Champion was trained, or the first version that kept such rows. */
  readSet?: () => Promise<EvalSet>
}

export interface LabelSet {
  set: EvalSet
  /** Version whose rows they are; null for the set of the policy. */
  heldOutOf: string | null
}

/** The same for every version that is measured at this time. Throws EVAL_SET_INVALID, PLATFORM_*. */
export async function readLabelRows(parts: LabelSetParts): Promise<LabelSet> {
  if (parts.readSet) return { set: await parts.readSet(), heldOutOf: null }
  const { registry, model, alias } = parts
  const champion = await registry.getAlias(model, alias)
  const versions = await registry.listVersions(model)
  const inUse = versions.filter(({ version }) => version === champion)
  for (const version of [...inUse, ...versions.toReversed()]) {
    const set = await readHeldOut(version, parts)
    if (set) return { set, heldOutOf: version.version }
  }
  throw new LakedeskError(
    'EVAL_SET_INVALID',
    `No version of ${model} kept rows that were held out of its training, and the promotion policy names no evaluation set for it, so there is nothing to measure it on. Train a version, or set evaluationSet for this model in the file of LAKEDESK_POLICY.`,
  )
}

/** Null where its run kept none. */
async function readHeldOut({ model, version, runId }: ModelVersion, { runs }: LabelSetParts): Promise<EvalSet | null> {
  const bytes = runId === null ? null : await runs.artifacts.read(runId, HELD_OUT_FILE)
  const text = bytes === null ? '' : new TextDecoder().decode(bytes)
  return text.trim() === '' ? null : parseLabelSet(`held-out/${model.split('.').at(-1) ?? model}-v${version}`, text)
}

/** What counts of a set for one version: a row that it may have been trained on says nothing about new ones. */
export interface Counted {
  /** In a sentence; null where the row counts. */
  whyNot(caseId: string): string | null
  /** For people, where not all is known to be new to the version; else null. */
  note: string | null
}

/** Rows of another training count where this version was held out from them too. Throws PLATFORM_*, EVAL_SET_INVALID. */
export async function findCounted(version: string, rows: LabelSet, parts: LabelSetParts): Promise<Counted> {
  const { set, heldOutOf } = rows
  if (heldOutOf === version) return { whyNot: () => null, note: null }
  if (heldOutOf === null) {
    const note = `The policy names these rows: whether v${version} was trained on some of them is not known here, and they all count`
    return { whyNot: () => null, note }
  }
  const found = await parts.registry.getVersion(parts.model, version)
  const own = found && (await readHeldOut(found, parts))
  const unseen = new Set(own?.cases.map(({ id }) => id))
  const left = set.cases.filter(({ id }) => !unseen.has(id)).length
  const why = `v${version} may have been trained on this row: it is not among those that were held out then.`
  return {
    whyNot: (id) => (unseen.has(id) ? null : why),
    note:
      left === 0
        ? null
        : `${left} of ${count(set.cases.length, 'row')} held out of v${heldOutOf} do not count for v${version}, which may have been trained on them`,
  }
}
