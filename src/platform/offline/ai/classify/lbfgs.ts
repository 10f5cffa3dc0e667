// Finds the lowest point of a smooth function: L-BFGS (Nocedal and Wright, Numerical Optimization, 2006, algorithms 7.4 and 7.5).

/** Value at `point`; writes the gradient into `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => Promise<number>

const MEMORY = 8
/** Stops where the value falls by less than this share, or the gradient is this small beside the point. */
const TOLERANCE = 1e-5
const FLAT = 1e-3

interface Step {
  move: Float64Array
  turn: Float64Array
  scale: number
}

/** Works in place; deterministic. Backtracks until Armijo's condition holds. */
export async function minimize(point: Float64Array, objective: Objective, iterations: number): Promise<void> {
  let gradient = new Float64Array(point.length)
  let next = new Float64Array(point.length)
  const tried = new Float64Array(point.length)
  const steps: Step[] = []
  let value = await objective(point, gradient)
  for (let i = 0; i < iterations; i++) {
    const steepness = Math.sqrt(product(gradient, gradient))
    if (steepness < FLAT * Math.max(1, Math.sqrt(product(point, point)))) return
    const direction = toDirection(gradient, steps, steepness)
    const slope = product(gradient, direction)
    let found: number | undefined
    for (let length = 1; length > 1e-6 && found === undefined; length /= 2) {
      for (let j = 0; j < point.length; j++) tried[j] = (point[j] ?? 0) + length * (direction[j] ?? 0)
      const there = await objective(tried, next)
      if (there <= value + 1e-4 * length * slope) found = there
    }
    if (found === undefined) return
    remember(steps, difference(tried, point), difference(next, gradient))
    point.set(tried)
    ;[gradient, next] = [next, gradient]
    const settled = Math.abs(value - found) < TOLERANCE * Math.abs(value)
    value = found
    if (settled) return
  }
}

function toDirection(gradient: Float64Array, steps: readonly Step[], steepness: number): Float64Array {
  const direction = gradient.map((value) => -value)
  const parts: number[] = []
  for (const { move, turn, scale } of steps.toReversed()) {
    const part = scale * product(move, direction)
    parts.push(part)
    add(direction, turn, -part)
  }
  const last = steps.at(-1)
  const size = last ? 1 / (last.scale * product(last.turn, last.turn)) : 1 / Math.max(1, steepness)
  for (let j = 0; j < direction.length; j++) direction[j] = (direction[j] ?? 0) * size
  for (const { move, turn, scale } of steps) add(direction, move, (parts.pop() ?? 0) - scale * product(turn, direction))
  return direction
}

function remember(steps: Step[], move: Float64Array, turn: Float64Array): void {
  const curvature = product(move, turn)
  if (curvature <= 1e-12) return
  steps.push({ move, turn, scale: 1 / curvature })
  if (steps.length > MEMORY) steps.shift()
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - (b[i] ?? 0))
}

function add(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + factor * (from[i] ?? 0)
}
