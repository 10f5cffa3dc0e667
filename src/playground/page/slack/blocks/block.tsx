// Any block of Block Kit by its type; one that is not known is shown as a labelled box.
import { useContext, useId } from 'preact/hooks'
import { Chart } from '../../chart/chart.tsx'
import { Markdown } from '../markup/markdown-view.tsx'
import { Boundary } from './boundary.tsx'
import { toChartSpec } from './chart-spec.ts'
import { BlockElement, InputElement, Unknown } from './element.tsx'
import { actionIdOf, blockIdOf } from './form-values.ts'
import { Picture } from './picture.tsx'
import { asRecord, asRecords, asText, type Json, textOf } from './read-json.ts'
import { RichText } from './rich-text.tsx'
import { SurfaceContext } from './surface.ts'
import { TableBlock } from './table-block.tsx'
import { Plan, TaskCard } from './task-card.tsx'
import { TextObject } from './text-object.tsx'

interface BlockProps {
  block: Json
  blockId: string
}

function Section({ block, blockId }: BlockProps) {
  const fields = asRecords(block.fields)
  const accessory = block.accessory ? asRecord(block.accessory) : null
  return (
    <div class="section">
      <div class="section-words">
        {block.text ? <TextObject value={block.text} /> : null}
        {fields.length > 0 && (
          <div class="fields">
            {fields.map((field, at) => (
              <TextObject key={at} value={field} />
            ))}
          </div>
        )}
      </div>
      {accessory && <BlockElement element={accessory} blockId={blockId} actionId={actionIdOf(accessory)} />}
    </div>
  )
}

function Context({ block }: BlockProps) {
  return (
    <div class="context">
      {asRecords(block.elements).map((element, at) =>
        element.type === 'image' ? (
          <Picture key={at} image={element} size="small" />
        ) : (
          <TextObject key={at} value={element} line />
        ),
      )}
    </div>
  )
}

function Actions({ block, blockId }: BlockProps) {
  return (
    <div class="actions">
      {asRecords(block.elements).map((element, at) => {
        const actionId = actionIdOf(element, at)
        return <BlockElement key={actionId} element={element} blockId={blockId} actionId={actionId} />
      })}
    </div>
  )
}

function Input({ block, blockId }: BlockProps) {
  const surface = useContext(SurfaceContext)
  const id = useId()
  const element = asRecord(block.element)
  const error = surface.errors.value[blockId]
  const hint = textOf(block.hint)
  const about = [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter((one) => one !== '').join(' ')
  return (
    <div class="input" data-invalid={error !== undefined}>
      <span class="input-label" id={id}>
        {textOf(block.label)} {block.optional === true && <small>(optional)</small>}
      </span>
      <InputElement
        element={element}
        blockId={blockId}
        actionId={actionIdOf(element)}
        tells={block.dispatch_action === true}
        label={{ id, ...(about ? { about } : {}), invalid: error !== undefined }}
      />
      {error && (
        <p class="input-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {hint && (
        <p class="input-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

function ChartBlock({ block }: { block: Json }) {
  const spec = toChartSpec(block)
  return spec ? <Chart spec={spec} /> : <Unknown type="data_visualization">{asText(block.title)}</Unknown>
}

function OneBlock(props: BlockProps) {
  const { block } = props
  switch (block.type) {
    case 'section':
      return <Section {...props} />
    case 'header':
      return (
        <h4 class="header">
          <TextObject value={block.text} line />
        </h4>
      )
    case 'context':
      return <Context {...props} />
    case 'divider':
      return <hr />
    case 'actions':
    case 'context_actions':
      return <Actions {...props} />
    case 'input':
      return <Input {...props} />
    case 'image':
      return <Picture image={block} size="full" />
    case 'markdown':
      return <Markdown text={asText(block.text)} />
    case 'rich_text':
      return <RichText block={block} />
    case 'table':
    case 'data_table':
      return <TableBlock block={block} />
    case 'data_visualization':
      return <ChartBlock block={block} />
    case 'task_card':
      return <TaskCard task={block} />
    case 'plan':
      return <Plan block={block} />
    case 'alert':
      return (
        <div class={`alert alert-${asText(block.level) || 'default'}`} role="note">
          <TextObject value={block.text} />
        </div>
      )
    default:
      return (
        <Unknown type={asText(block.type)}>
          {textOf(block.text) || 'A block that the playground does not draw.'}
        </Unknown>
      )
  }
}

export function Blocks({ blocks }: { blocks: readonly Json[] }) {
  return (
    <div class="blocks">
      {blocks.map((block, at) => {
        const blockId = blockIdOf(block, at)
        return (
          <Boundary key={blockId} what={asText(block.type)}>
            <OneBlock block={block} blockId={blockId} />
          </Boundary>
        )
      })}
    </div>
  )
}
