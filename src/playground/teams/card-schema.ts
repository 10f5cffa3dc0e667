// The shape of an Adaptive Card of version 1.5 with the charts of Teams, as far as the stand-in knows it; anything else is unknown.
import { z } from 'zod'

const words = z.string()
const flag = z.boolean()
const spacing = z.enum(['None', 'Small', 'Default', 'Medium', 'Large', 'ExtraLarge', 'Padding'])
const weight = z.enum(['Lighter', 'Default', 'Bolder'])
const size = z.enum(['Small', 'Default', 'Medium', 'Large', 'ExtraLarge'])
const color = z.enum(['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention'])
const side = z.enum(['Left', 'Center', 'Right'])
const upright = z.enum(['Top', 'Center', 'Bottom'])
const boxStyle = z.enum(['default', 'emphasis', 'good', 'attention', 'warning', 'accent'])

/** Of every element. */
const base = {
  id: words.optional(),
  spacing: spacing.optional(),
  separator: flag.optional(),
  height: words.optional(),
  isVisible: flag.optional(),
  requires: z.record(words, words).optional(),
  fallback: z.lazy((): z.ZodType => z.union([z.literal('drop'), element])).optional(),
}

const text = {
  color: color.optional(),
  fontType: z.enum(['Default', 'Monospace']).optional(),
  isSubtle: flag.optional(),
}
const look = { ...text, size: size.optional(), weight: weight.optional() }

const actionBase = {
  title: words.min(1),
  id: words.optional(),
  iconUrl: words.optional(),
  style: z.enum(['default', 'positive', 'destructive']).optional(),
  mode: z.enum(['primary', 'secondary']).optional(),
  tooltip: words.optional(),
  isEnabled: flag.optional(),
  requires: z.record(words, words).optional(),
  fallback: z.unknown().optional(),
}
const associatedInputs = z.enum(['auto', 'none', 'Auto', 'None']).optional()
const data = z.unknown().optional()
const target = z.union([words, z.strictObject({ elementId: words, isVisible: flag.optional() })])

export const action = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Action.Submit'), ...actionBase, data, associatedInputs }),
  z.strictObject({
    ...{ type: z.literal('Action.Execute'), ...actionBase, verb: words.optional(), data, associatedInputs },
  }),
  z.strictObject({ type: z.literal('Action.OpenUrl'), ...actionBase, url: z.url() }),
  z.strictObject({ type: z.literal('Action.ToggleVisibility'), ...actionBase, targetElements: z.array(target).min(1) }),
  z.strictObject({
    ...{ type: z.literal('Action.ShowCard'), ...actionBase },
    get card(): z.ZodType {
      return z.lazy(() => cardSchema)
    },
  }),
])

const input = {
  ...base,
  id: words.min(1),
  label: words.optional(),
  isRequired: flag.optional(),
  errorMessage: words.optional(),
}
const choice = z.strictObject({ title: words, value: words })
const fact = z.strictObject({ title: words, value: words })
const items = () => z.array(z.lazy((): z.ZodType => element))

const box = {
  style: boxStyle.optional(),
  bleed: flag.optional(),
  minHeight: words.optional(),
  rtl: flag.optional(),
  verticalContentAlignment: upright.optional(),
  selectAction: action.optional(),
}

const cell = z.strictObject({ type: z.literal('TableCell'), ...base, ...box, items: items() })
const row = z.strictObject({
  ...{ type: z.literal('TableRow'), style: boxStyle.optional(), cells: z.array(cell).min(1) },
  horizontalCellContentAlignment: side.optional(),
  verticalCellContentAlignment: upright.optional(),
})
const column = z.strictObject({
  width: z.union([z.number().positive(), words]).optional(),
  horizontalCellContentAlignment: side.optional(),
  verticalCellContentAlignment: upright.optional(),
})
const textRun = z.strictObject({
  ...{ type: z.literal('TextRun'), text: words, ...look },
  ...{
    italic: flag.optional(),
    strikethrough: flag.optional(),
    underline: flag.optional(),
    highlight: flag.optional(),
  },
  selectAction: action.optional(),
})

/** Source: "Charts in Adaptive Cards" of Microsoft Teams. */
const chart = {
  ...base,
  title: words.optional(),
  colorSet: z.enum(['categorical', 'sequential', 'diverging']).optional(),
  maxWidth: words.optional(),
  horizontalAlignment: side.optional(),
  // An older client shows nothing at all without it.
  fallback: z.lazy((): z.ZodType => element),
}
const axes = { xAxisTitle: words.optional(), yAxisTitle: words.optional(), color: words.optional() }
const point = z.strictObject({ x: z.union([words, z.number()]), y: z.number() })
const bar = point.extend({ color: words.optional() })
const series = z.strictObject({ legend: words, values: z.array(point).min(1), color: words.optional() })
const slice = z.strictObject({ legend: words, value: z.number().nonnegative(), color: words.optional() })

export const element = z.discriminatedUnion('type', [
  z.strictObject({
    ...{ type: z.literal('TextBlock'), ...base, ...look, text: words, wrap: flag.optional() },
    ...{ maxLines: z.number().optional(), horizontalAlignment: side.optional() },
    style: z.enum(['default', 'heading']).optional(),
  }),
  z.strictObject({ type: z.literal('RichTextBlock'), ...base, inlines: z.array(z.union([words, textRun])).min(1) }),
  z.strictObject({
    ...{ type: z.literal('Image'), ...base, url: words, altText: words.optional(), width: words.optional() },
    ...{
      size: z.enum(['Auto', 'Stretch', 'Small', 'Medium', 'Large']).optional(),
      horizontalAlignment: side.optional(),
    },
    ...{ style: z.enum(['default', 'person']).optional(), selectAction: action.optional() },
  }),
  z.strictObject({ type: z.literal('FactSet'), ...base, facts: z.array(fact).min(1) }),
  z.strictObject({ type: z.literal('Container'), ...base, ...box, items: items() }),
  z.strictObject({
    ...{ type: z.literal('ColumnSet'), ...base, ...box, horizontalAlignment: side.optional() },
    columns: z.array(
      z.strictObject({
        ...{ type: z.literal('Column').optional(), ...base, ...box, items: items().optional() },
        width: z.union([words, z.number()]).optional(),
      }),
    ),
  }),
  z.strictObject({
    ...{ type: z.literal('Table'), ...base, columns: z.array(column).min(1), rows: z.array(row) },
    ...{ firstRowAsHeader: flag.optional(), showGridLines: flag.optional(), gridStyle: boxStyle.optional() },
    ...{ horizontalCellContentAlignment: side.optional(), verticalCellContentAlignment: upright.optional() },
  }),
  z.strictObject({ type: z.literal('ActionSet'), ...base, actions: z.array(action).min(1) }),
  z.strictObject({
    ...{ type: z.literal('Input.Text'), ...input, value: words.optional(), placeholder: words.optional() },
    ...{ isMultiline: flag.optional(), maxLength: z.number().optional(), regex: words.optional() },
    style: z.enum(['text', 'tel', 'url', 'email', 'password']).optional(),
    inlineAction: action.optional(),
  }),
  z.strictObject({
    ...{ type: z.literal('Input.Number'), ...input, value: z.number().optional(), placeholder: words.optional() },
    ...{ min: z.number().optional(), max: z.number().optional() },
  }),
  z.strictObject({
    ...{ type: z.literal('Input.Date'), ...input, value: words.optional(), placeholder: words.optional() },
    ...{ min: words.optional(), max: words.optional() },
  }),
  z.strictObject({
    ...{ type: z.literal('Input.Time'), ...input, value: words.optional(), placeholder: words.optional() },
    ...{ min: words.optional(), max: words.optional() },
  }),
  z.strictObject({
    ...{ type: z.literal('Input.Toggle'), ...input, title: words, value: words.optional(), wrap: flag.optional() },
    ...{ valueOn: words.optional(), valueOff: words.optional() },
  }),
  z.strictObject({
    ...{ type: z.literal('Input.ChoiceSet'), ...input, choices: z.array(choice).min(1), value: words.optional() },
    ...{ isMultiSelect: flag.optional(), placeholder: words.optional(), wrap: flag.optional() },
    style: z.enum(['compact', 'expanded', 'filtered']).optional(),
  }),
  z.strictObject({ type: z.literal('Chart.Line'), ...chart, ...axes, data: z.array(series).min(1) }),
  z.strictObject({
    ...{ type: z.literal('Chart.VerticalBar.Grouped'), ...chart, ...axes, data: z.array(series).min(1) },
    ...{ stacked: flag.optional(), showBarValues: flag.optional() },
  }),
  z.strictObject({
    ...{ type: z.literal('Chart.VerticalBar'), ...chart, ...axes, data: z.array(bar).min(1) },
    showBarValues: flag.optional(),
  }),
  z.strictObject({
    ...{ type: z.literal('Chart.HorizontalBar'), ...chart, ...axes, data: z.array(bar).min(1) },
    displayMode: z.enum(['AbsoluteWithAxis', 'AbsoluteNoAxis', 'PartToWhole']).optional(),
  }),
  z.strictObject({ type: z.literal('Chart.Pie'), ...chart, data: z.array(slice).min(1) }),
  z.strictObject({ type: z.literal('Chart.Donut'), ...chart, data: z.array(slice).min(1), value: words.optional() }),
])

/** Source: the Adaptive Cards schema, https://adaptivecards.io/explorer/ , version 1.5. */
export const cardSchema = z.strictObject({
  type: z.literal('AdaptiveCard'),
  $schema: words.optional(),
  version: z.string().regex(/^1\.[0-5]$/, 'Teams shows Adaptive Cards up to version 1.5'),
  body: z.array(element).optional(),
  actions: z.array(action).optional(),
  msteams: z.looseObject({ width: z.literal('Full').optional() }).optional(),
  fallbackText: words.optional(),
  speak: words.optional(),
  lang: words.optional(),
  rtl: flag.optional(),
  minHeight: words.optional(),
  verticalContentAlignment: upright.optional(),
  selectAction: action.optional(),
  refresh: z.strictObject({ action, userIds: z.array(words).max(60).optional(), expires: words.optional() }).optional(),
  metadata: z.looseObject({}).optional(),
})
