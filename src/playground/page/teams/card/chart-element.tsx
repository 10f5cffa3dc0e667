// The chart elements of Teams for the renderer of cards, which knows none itself.
import { CardElement, type SerializationContext } from 'adaptivecards'
import { render } from 'preact'
import { Chart } from '../../chart/chart.tsx'
import type { ChartSpec } from '../../chart/chart-spec.ts'
import { toSpecFromTeams } from '../../chart/from-teams-chart.ts'

/** A class of its own for each type, since the renderer asks an element for its name. */
export function createChartElement(type: string): new () => CardElement {
  return class ChartElement extends CardElement {
    #spec: ChartSpec | null = null
    #host: HTMLElement | null = null

    getJsonTypeName(): string {
      return type
    }

    override parse(source: unknown, context?: SerializationContext): void {
      super.parse(source, context)
      this.#spec = toSpecFromTeams(source)
    }

    /** A chart of no numbers is shown as what the card says instead of it. */
    override shouldFallback(): boolean {
      return this.#spec === null || super.shouldFallback()
    }

    protected override internalRender(): HTMLElement {
      const host = document.createElement('div')
      if (this.#spec) render(<Chart spec={this.#spec} />, host)
      this.#host = host
      return host
    }

    override releaseDOMResources(): void {
      if (this.#host) render(null, this.#host)
      super.releaseDOMResources()
    }
  }
}
