// The policy of each registered model on its own: the top level of the file, the further ones, and the ticket classifier.
import type { FurtherModel, ModelKind, Policy } from './policy.ts'

/** One model with everything that decides about it. `also` is the whole file's, and decides nothing here. */
export type ModelPolicy = Policy & { readonly kind: ModelKind }

/** What a classifier may lose against Champion where the file says nothing: two of a hundred texts. */
const CLASSIFIER_GATE: Policy['gate'] = {
  minimumSamples: 10,
  freshForHours: 168,
  metrics: { 'accuracy/v1/mean': { maxDrop: 0.02 } },
}

/** What makes the first version of a model, as people write it. */
export function tellHowToBegin({ kind }: { kind?: ModelKind }): string {
  return kind === 'classifier' ? 'train one with `finetune`' : 'register one with `lakedesk chain log`'
}

/** Last part of a full name: `ticket_classifier`. */
export function toShortName(model: string): string {
  return model.split('.').at(-1) ?? model
}

/**
 * The top level first, then the further ones in their order; last the ticket classifier of that name with a gate on its accuracy,
 * where the file names no classifier.
 */
export function toModelPolicies(policy: Policy, classifier: string): readonly [ModelPolicy, ...ModelPolicy[]] {
  const named = [policy.model, ...policy.also.map(({ model }) => model)].map((name) => name.toLowerCase())
  const hasOne = policy.also.some(({ kind }) => kind === 'classifier') || named.includes(classifier.toLowerCase())
  return [
    { ...policy, kind: 'chain' },
    ...policy.also.map((further) => toFurther(policy, further)),
    ...(hasOne ? [] : [toDefaultClassifier(policy, classifier)]),
  ]
}

function toFurther(policy: Policy, further: FurtherModel): ModelPolicy {
  const { endpoint, experiment, approval, evaluationSet, ...own } = further
  // The questions of the top level are no questions for another model.
  const { evaluationSet: _, ...top } = policy
  return {
    ...top,
    ...own,
    endpoint: endpoint ?? toEndpointName(own.model),
    experiment: experiment ?? policy.experiment,
    approval: approval ?? policy.approval,
    ...(evaluationSet === undefined ? {} : { evaluationSet }),
  }
}

function toDefaultClassifier(policy: Policy, model: string): ModelPolicy {
  const rollout = { canary: null, waitMinutes: policy.rollout.waitMinutes, probe: [] }
  return toFurther(policy, { kind: 'classifier', model, alias: 'Champion', gate: CLASSIFIER_GATE, rollout })
}

/** `ticket-classifier` for `ml_catalog.support.ticket_classifier`. */
function toEndpointName(model: string): string {
  return toShortName(model).replace(/[^A-Za-z0-9]+/g, '-')
}
