// Notes in the journal what the next write may change, before it does.
import type { Journal } from '../saga-journal.ts'
import type { Walk } from '../saga-walk.ts'

export function noteTouched({ journal }: Walk, what: Journal['touched'][number]): Pick<Journal, 'touched'> {
  return { touched: journal.touched.includes(what) ? journal.touched : [...journal.touched, what] }
}
