// Draws an Adaptive Card by Microsoft's own renderer. Loaded when the first card is shown.
import {
  type Action,
  AdaptiveCard,
  type CardElement,
  CardObjectRegistry,
  ExecuteAction,
  GlobalRegistry,
  HostConfig,
  OpenUrlAction,
  SerializationContext,
  SubmitAction,
  Table,
} from 'adaptivecards'
import { TEAMS_CHARTS } from '../../chart/from-teams-chart.ts'
import { toHtml } from '../markdown.ts'
import { isJson, type Json } from '../read-activity.ts'
import { createChartElement } from './chart-element.tsx'
import { HOST_CONFIG } from './host-config.ts'

AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = toHtml(text)
  result.didProcess = true
}

const elements = new CardObjectRegistry<CardElement>()
GlobalRegistry.populateWithDefaultElements(elements)
// Tables add themselves to the registry where their module is loaded; a bundler drops modules of which nothing is used.
elements.register('Table', Table)
for (const type of TEAMS_CHARTS) elements.register(type, createChartElement(type))

export interface PressedAction {
  /** As the card wrote it. */
  action: Json
  /** The data of the action with the inputs merged in. */
  data: Json
}

export interface DrawnCard {
  element: HTMLElement
  /** Types of parts that this client does not know. */
  unknown: readonly string[]
  destroy: () => void
}

function toWebUrl(url: string | undefined): string | null {
  return url && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : null
}

/** True where the card says what to show instead of parts of this type. */
function hasOther(part: unknown, type: string): boolean {
  if (typeof part !== 'object' || part === null) return false
  if (isJson(part) && part.type === type) return part.fallback !== undefined
  return Object.values(part).some((inside) => hasOther(inside, type))
}

/** Throws where the card is not one that can be drawn. */
export function drawCard(content: unknown, onPress: (pressed: PressedAction) => void): DrawnCard {
  const context = new SerializationContext()
  context.setElementRegistry(elements)
  const sources = new WeakMap<Action, Json>()
  context.onParseAction = (action, source) => {
    if (isJson(source)) sources.set(action, source)
  }
  const card = new AdaptiveCard()
  card.hostConfig = new HostConfig(HOST_CONFIG)
  card.onExecuteAction = (action) => {
    if (action instanceof OpenUrlAction) {
      const url = toWebUrl(action.url)
      if (url) globalThis.open(url, '_blank', 'noopener')
      return
    }
    if (!(action instanceof SubmitAction || action instanceof ExecuteAction)) return
    onPress({ action: sources.get(action) ?? {}, data: isJson(action.data) ? action.data : {} })
  }
  if (!isJson(content) || content.type !== 'AdaptiveCard') throw new Error('It is no Adaptive Card.')
  if (!/^1\.[0-6]$/.test(String(content.version))) {
    throw new Error(`It is of the version ${String(content.version)}; this client knows 1.0 to 1.6.`)
  }
  card.parse(content, context)
  const unknown = new Set<string>()
  for (let at = 0; at < context.eventCount; at += 1) {
    const name = /type.{0,40}["']([\w.]+)["']/i.exec(context.getEventAt(at).message)?.[1]
    if (name && !hasOther(content, name)) unknown.add(name)
  }
  const element = card.render()
  if (!element || card.getItemCount() + card.getActionCount() === 0) throw new Error('The card is empty.')
  // What may scroll must be reached by the keyboard.
  for (const table of element.querySelectorAll<HTMLElement>('[role="table"]')) table.tabIndex = 0
  return { element, unknown: [...unknown], destroy: () => card.releaseDOMResources() }
}
