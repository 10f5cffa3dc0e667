// One tool over several registered models: the same name, with the model in front of the command or in the input.
import { z } from 'zod'
import { toShortName } from '../promotion/model-policies.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { type AnyTool, type ApprovalSide, defineTool, type ToolCommand } from './define-tool.ts'
import { isVersionText } from './find-version.ts'
import { nameInText, nameModelIn, type SpokenModel } from './speak-of-model.ts'
import { whyNotThisModel } from './why-not-for-model.ts'

/** The tool as it is for one model. All variants have one name, and inputs of one shape. */
export interface ModelVariant extends SpokenModel {
  tool: AnyTool
}

/** A result, with the model that it is about. */
interface Chosen {
  of: ModelVariant
  value: unknown
}

type Variants = readonly [ModelVariant, ...ModelVariant[]]

/**
 * The first variant is meant where no model is named. Requests that were stored by that one alone read as before. One variant
 * alone reads and speaks as its tool does, and still refuses to be taken for another model, such as that of an older card.
 */
export function chooseModel(variants: Variants): AnyTool {
  const [{ tool }, ...others] = variants
  const input = toInput(variants)
  const of = (value: unknown) => variantOf(variants, value)
  return defineTool<unknown, unknown>({
    name: tool.name,
    description: others.length === 0 ? tool.description : `${tool.description} ${tellModels(variants)}`,
    input,
    run: async (asked, context) => {
      const variant = of(asked)
      return { of: variant, value: await variant.tool.run(withoutModel(asked), context) }
    },
    toModelText: onChosen(({ of: { tool: own, ...model }, value }) => nameInText(own.toModelText(value), model)),
    toSaying: onChosen(({ of: { tool: own, ...model }, value }) =>
      nameModelIn(own.toSaying?.(value) ?? { text: own.toModelText(value) }, model),
    ),
    toRefusal: onChosen(({ of: { tool: own, ...model }, value }) => {
      const why = own.toRefusal?.(value) ?? null
      return why === null ? null : nameInText(why, model)
    }),
    toAuditFacts: onChosen(({ of: { tool: own }, value }) => own.toAuditFacts?.(value) ?? {}),
    ...(tool.commands ? { commands: tool.commands.map((command) => toCommand(command, variants)) } : {}),
    ...(tool.actions ? { actions: toActions(variants) } : {}),
    ...(tool.openActions ? { openActions: tool.openActions } : {}),
    ...(tool.approval ? { approval: toSide(variants) } : {}),
  })
}

function onChosen<T>(read: (chosen: Chosen) => T): (output: unknown) => T {
  return (output) => read(output as Chosen)
}

/** `ticket_classifier`, or the full name where two models end alike. */
function wordOf({ model }: SpokenModel, variants: Variants): string {
  const short = toShortName(model)
  const twins = variants.filter((each) => toShortName(each.model).toLowerCase() === short.toLowerCase())
  return twins.length === 1 ? short : model
}

function listWords(variants: Variants): string {
  return variants.map((each) => wordOf(each, variants)).join(', ')
}

function tellModels(variants: Variants): string {
  if (variants.length === 1) return `There is only ${variants[0].model}.`
  return `There are these models: ${listWords(variants)}; without a model it is about ${wordOf(variants[0], variants)}.`
}

/** By its full name or the last part of it, whatever the case; a string is the sentence why none is meant. */
function findModel(text: string, variants: Variants): ModelVariant | string {
  const name = text.trim().toLowerCase()
  const full = variants.find(({ model }) => model.toLowerCase() === name)
  const short = variants.filter(({ model }) => toShortName(model).toLowerCase() === name)
  const [only, ...more] = full ? [full] : short
  if (only && more.length === 0) return only
  const shown = text.replace(/[^\p{L}\p{N}._ -]/gu, '').slice(0, 80)
  if (only) {
    return `“${shown}” may be ${short.map(({ model }) => model).join(' or ')}: write the full name, so nothing is taken for another`
  }
  return `there is no model “${shown}”; there ${variants.length === 1 ? 'is only' : 'are'} ${listWords(variants)}`
}

/** The input of the tool with a model beside it; what is stored is its full name. */
function toInput(variants: Variants): z.ZodType<unknown> {
  const { input } = variants[0].tool
  if (!(input instanceof z.ZodObject)) throw new Error(`${variants[0].tool.name} takes no object, so no model fits in.`)
  const model = z
    .string()
    .trim()
    .min(1, 'write the name of a model')
    .max(255, 'a name has at most 255 characters')
    .transform((text, context) => {
      const found = findModel(text, variants)
      if (typeof found !== 'string') return found.model
      context.addIssue({ code: 'custom', message: found })
      return z.NEVER
    })
    .optional()
    .describe(`One of ${listWords(variants)}. Left out: ${wordOf(variants[0], variants)}.`)
  return input.extend({ model })
}

const namedSchema = z.object({ model: z.string() })

/** What the input names; the first where it names none. Throws where it names one that is not known: inputs are parsed before. */
function variantOf(variants: Variants, input: unknown): ModelVariant {
  const named = namedSchema.safeParse(input)
  if (!named.success) return variants[0]
  const found = variants.find(({ model }) => model === named.data.model)
  if (!found) throw new Error(`There is no model ${named.data.model} here.`)
  return found
}

function withoutModel(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input
  const { model: _, ...own } = input as Readonly<Record<string, unknown>>
  return own
}

const FIRST_WORD = /^([A-Za-z_][\w.-]*)(?:\s+([\s\S]*))?$/

function toCommand(command: ToolCommand<unknown>, variants: Variants): ToolCommand<unknown> {
  const commandOf = ({ tool }: ModelVariant) => tool.commands?.find(({ name }) => name === command.name) ?? command
  return {
    name: command.name,
    usage: variants.length === 1 ? command.usage : `[model] ${command.usage}`,
    toInput(text) {
      const [, word = '', rest = ''] = FIRST_WORD.exec(text.trim()) ?? []
      const { alias } = variants[0]
      // A version is always one, whatever models are called.
      const variant = word === '' || isVersionText(word, alias) ? null : findModel(word, variants)
      if (variant !== null && typeof variant !== 'string') {
        const { model } = variant
        const read = commandOf(variant).toInput(rest.trim())
        if (typeof read === 'string') return nameInText(read, variant)
        return { input: { ...(read.input as object), ...(variant === variants[0] ? {} : { model }) } }
      }
      const read = command.toInput(text)
      if (variants.length === 1) return read
      // What the tool can read without a model is meant so, such as `on 2026-11-01`.
      return typeof read === 'string' && variant !== null ? `${read} If a model is meant: ${variant}.` : read
    },
    isMeant(text) {
      const [, word = '', rest = ''] = FIRST_WORD.exec(text.trim()) ?? []
      const named = typeof findModel(word, variants) !== 'string'
      return command.isMeant?.(named ? rest.trim() : text) ?? false
    },
  }
}

/** The value of a button as input; that of another model's card carries the model. */
function toActions(variants: Variants): NonNullable<AnyTool['actions']> {
  const { actions = {} } = variants[0].tool
  return Object.fromEntries(
    Object.entries(actions).map(([name, toValue]) => [
      name,
      (value: Readonly<Record<string, string>>) => {
        const input = toValue(value)
        return input === null || value.model === undefined ? input : { ...(input as object), model: value.model }
      },
    ]),
  )
}

function sideOf({ tool }: ModelVariant): ApprovalSide<unknown> {
  if (!tool.approval) throw new Error(`${tool.name} has an approval for one model and none for another.`)
  return tool.approval
}

function toSide(variants: Variants): ApprovalSide<unknown> {
  const of = (input: unknown) => variantOf(variants, input)
  const side = sideOf(variants[0])
  return {
    async plan(input, context) {
      const { tool: _, ...model } = of(input)
      const planned = await sideOf(of(input)).plan(withoutModel(input), context)
      if (planned.kind === 'done') return { kind: 'done', value: { of: of(input), value: planned.value } }
      if (planned.kind === 'plan') return planned
      const { says } = planned
      return {
        ...planned,
        why: nameInText(planned.why, model),
        ...(says ? { says: nameModelIn(says, model) } : {}),
      }
    },
    whyNotForModel(input, said) {
      const why = sideOf(of(input)).whyNotForModel?.(withoutModel(input), said) ?? null
      if (why !== null) return nameInText(why, of(input))
      return whyNotThisModel(of(input), variants, said)
    },
    async mayDecide(principal, input) {
      const variant = knownVariant(input, variants)
      if (variant) return sideOf(variant).mayDecide(principal, withoutModel(input))
      return `The policy does not name the model of this request any more. ${tellModels(variants)}`
    },
    card: (approval) => toCard(approval, variants),
    ...(side.quiet ? { quiet: (approval) => side.quiet?.(approval) ?? false } : {}),
    carryOut: async (input, run, signal) => sideOf(of(input)).carryOut(withoutModel(input), run, signal),
    ...(side.resume
      ? { resume: async (run, signal) => (await resumeOf(run.approval, variants)(run, signal)) ?? null }
      : {}),
  }
}

/** Of a model that the policy does not know any more the journal alone tells what to do: any variant reads it. */
function resumeOf({ input }: ApprovalRecord, variants: Variants): NonNullable<ApprovalSide<unknown>['resume']> {
  const { resume } = sideOf(knownVariant(input, variants) ?? variants[0])
  return resume ?? (async () => null)
}

function knownVariant(input: unknown, variants: Variants): ModelVariant | null {
  const named = namedSchema.safeParse(input)
  if (!named.success) return variants[0]
  return variants.find(({ model }) => model === named.data.model) ?? null
}

/** A card of a model that is not known any more keeps no button that would ask for another model. */
function toCard(approval: ApprovalRecord, variants: Variants) {
  const variant = knownVariant(approval.input, variants)
  if (variant) return nameModelIn(sideOf(variant).card(approval), variant)
  const { buttons = [], ...card } = sideOf(variants[0]).card(approval)
  return { ...card, buttons: buttons.filter(({ value }) => value.approval !== undefined) }
}
