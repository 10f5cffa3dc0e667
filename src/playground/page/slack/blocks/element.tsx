// Any element of a block by its type; one that is not known is named, never left out.
import { BlockButton, type ElementProps } from './button.tsx'
import { FeedbackButtons } from './feedback.tsx'
import { BoxesInput, DateInput, type InputProps, PlaceInput, SelectInput, TextInput } from './inputs.tsx'
import { Overflow } from './overflow.tsx'
import { Picture } from './picture.tsx'
import { asText, textOf } from './read-json.ts'

export function InputElement(props: InputProps) {
  switch (props.element.type) {
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return <TextInput {...props} />
    case 'static_select':
      return <SelectInput {...props} />
    case 'multi_static_select':
    case 'checkboxes':
    case 'radio_buttons':
      return <BoxesInput {...props} />
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return <DateInput {...props} />
    case 'users_select':
    case 'conversations_select':
    case 'channels_select':
      return <PlaceInput {...props} />
    default:
      return <Unknown type={asText(props.element.type)} />
  }
}

export function BlockElement(props: ElementProps) {
  const { element } = props
  switch (element.type) {
    case 'button':
    case 'icon_button':
      return <BlockButton {...props} />
    case 'overflow':
      return <Overflow {...props} />
    case 'feedback_buttons':
      return <FeedbackButtons {...props} />
    case 'image':
      return <Picture image={element} size="small" />
    default:
      return (
        <InputElement {...props} tells label={{ words: textOf(element.placeholder) || asText(element.action_id) }} />
      )
  }
}

export function Unknown({ type, children }: { type: string; children?: string }) {
  return (
    <div class="unknown">
      <strong>{type || 'Something without a type'}</strong>
      <span>{children ?? 'The playground does not draw this.'}</span>
    </div>
  )
}
