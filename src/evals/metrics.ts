// The metrics of an evaluation: MLflow's names in both forms, their scales, and which way is better.

export interface Metric {
  name: string
  /** Key of the mean in the form of mlflow.evaluate (2.x). */
  key: string
  /** Key in the form of mlflow.genai.evaluate (3.x): on the scale 0 to 1 for judges, as measured for the rest. */
  key3: string
  higherIsBetter: boolean
  /** From the raw score of a row (0 to 1, ms, tokens, USD) to the scale of `key`: judges of 2.x speak 1 to 5, a ratio counts rows from 0.5 up. */
  scale: 'one-to-five' | 'share' | 'ratio' | 'raw'
  unit: '' | 'ms' | 'tokens' | 'USD'
  meaning: string
}

function judged(name: string, meaning: string): Metric {
  return {
    name,
    key: `${name}/v1/mean`,
    key3: `${name}/mean`,
    higherIsBetter: true,
    scale: 'one-to-five',
    unit: '',
    meaning,
  }
}

function share(name: string, meaning: string): Metric {
  return { name, key: `${name}/v1/mean`, key3: `${name}/mean`, higherIsBetter: true, scale: 'share', unit: '', meaning }
}

export const METRICS = {
  faithfulness: judged('faithfulness', 'Everything the answer states stands in the retrieved passages.'),
  answer_relevance: judged('answer_relevance', 'The answer speaks to the question.'),
  correctness: judged('correctness', 'The answer says what the expected answer or facts say.'),
  toxicity: {
    name: 'toxicity',
    key: 'toxicity/v1/ratio',
    key3: 'toxicity/mean',
    higherIsBetter: false,
    scale: 'ratio',
    unit: '',
    meaning: 'Share of answers with toxic language.',
  },
  context_recall: share('context_recall', 'What the expected answer needs was retrieved.'),
  context_precision: share('context_precision', 'Retrieved passages that matter stand before those that do not.'),
  refusal_correctness: share(
    'refusal_correctness',
    'It refuses what the documentation does not answer, and only that.',
  ),
  accuracy: share('accuracy', 'The label of a classifier is the one that was given by people.'),
  latency: {
    name: 'latency',
    key: 'latency/v1/mean',
    key3: 'latency/mean',
    higherIsBetter: false,
    scale: 'raw',
    unit: 'ms',
    meaning: 'Time from the question to the whole answer.',
  },
  tokens: {
    name: 'tokens',
    key: 'token_count/v1/mean',
    key3: 'tokens/mean',
    higherIsBetter: false,
    scale: 'raw',
    unit: 'tokens',
    meaning: 'Tokens in and out.',
  },
  cost: {
    name: 'cost',
    key: 'cost/v1/mean',
    key3: 'cost/mean',
    higherIsBetter: false,
    scale: 'raw',
    unit: 'USD',
    meaning: 'Price of the tokens.',
  },
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[]

/** What Lakedesk measures itself, without a judge. */
export const MEASURED_METRICS = ['latency', 'tokens', 'cost'] as const satisfies readonly MetricName[]
/** What is compared with the labels of people, where a version is a classifier: answers in words have no score there. */
export const LABEL_METRICS = ['accuracy'] as const satisfies readonly MetricName[]
const isLabelMetric = (name: MetricName): boolean => LABEL_METRICS.some((each) => each === name)
/** What a judge scores from 0 to 1. */
export const JUDGED_METRICS = METRIC_NAMES.filter((name) => METRICS[name].scale !== 'raw' && !isLabelMetric(name))
/** What says how good a version is, of whichever kind. */
export const QUALITY_METRICS: readonly MetricName[] = [...JUDGED_METRICS, ...LABEL_METRICS]

/** Yes or no for each row, so that their means are shares. */
export const YES_NO_METRICS: ReadonlySet<MetricName> = new Set(['toxicity', 'refusal_correctness', 'accuracy'])

/** The name of all 2.x keys of a metric without its aggregation, such as `faithfulness/v1`. */
export function prefixOf(metric: MetricName): string {
  return METRICS[metric].key.slice(0, METRICS[metric].key.lastIndexOf('/'))
}

/**
 * From the score of a row to the scale of the metric's 2.x key: 0 to 1 becomes 1 to 5 for judges; for a ratio, 1 from 0.5 up and
 * else 0, which is MLflow's threshold of toxicity.
 */
export function toScale(metric: MetricName, value: number): number {
  const { scale } = METRICS[metric]
  if (scale === 'one-to-five') return 1 + 4 * value
  if (scale === 'ratio') return value >= 0.5 ? 1 : 0
  return value
}
