// A body of a wire message: JSON as a tree that folds, everything else as it stands.

/** Levels that are open at first. */
const OPEN = 2

export function JsonView({ title, text }: { title: string; text: string }) {
  const parsed = parse(text)
  return (
    <section class="w-body" aria-label={title}>
      <h3>{title}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <div class="w-json" tabIndex={0}>
        {text === '' ? (
          <span class="w-empty">empty</span>
        ) : parsed ? (
          <Value value={parsed.value} depth={0} />
        ) : (
          <pre>{text}</pre>
        )}
      </div>
    </section>
  )
}

/** Null for what is no JSON, such as a body that was cut. A form's fields are shown as an object. */
export function parse(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) }
  } catch {
    const isForm = /^[\w.%-]+=/.test(text) && !/\s/.test(text)
    return isForm
      ? { value: Object.fromEntries([...new URLSearchParams(text)].map(([name, one]) => [name, inside(one)])) }
      : null
  }
}

function inside(text: string): unknown {
  try {
    return /^[[{]/.test(text) ? JSON.parse(text) : text
  } catch {
    return text
  }
}

function Value({ value, depth }: { value: unknown; depth: number }) {
  if (typeof value !== 'object' || value === null) return <Leaf value={value} />
  const entries = Object.entries(value)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) return <span class="w-soft">{open + close}</span>
  return (
    <details open={depth < OPEN}>
      <summary>
        {open}
        <span class="w-soft">
          {entries.length} {Array.isArray(value) ? 'items' : 'fields'}
        </span>
        {close}
      </summary>
      <ul>
        {entries.map(([name, one]) => (
          <li key={name}>
            <span class="w-name">{name}</span>: <Value value={one} depth={depth + 1} />
          </li>
        ))}
      </ul>
    </details>
  )
}

function Leaf({ value }: { value: unknown }) {
  return <span class={typeof value === 'string' ? 'w-text' : 'w-number'}>{JSON.stringify(value)}</span>
}
