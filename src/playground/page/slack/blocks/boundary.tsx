// Keeps what cannot be drawn to its own box, so that everything around it stands.
import { Component, type ComponentChildren } from 'preact'

interface Props {
  /** What is inside, in a word. */
  what: string
  children: ComponentChildren
}

export class Boundary extends Component<Props, { error: string | null }> {
  override state = { error: null }

  static override getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error.message : 'unknown' }
  }

  override render({ what, children }: Props, { error }: { error: string | null }) {
    if (error === null) return children
    return (
      <div class="unknown" role="note">
        <strong>{what || 'A part of this message'}</strong>
        <span>It could not be drawn: {error}</span>
      </div>
    )
  }
}
