// Quantiles of the normal distribution and of Student's t, for small samples of paired differences.

const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
]
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1,
]
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1]
/** Below it the tail has its own formula. */
const TAIL = 0.02425
/** The expansion is good from here on; fewer degrees count as so many. */
const FEWEST = 4

/** Peter J. Acklam's rational approximation; its relative error is below 1.2e-9. `p` is above 0 and below 1. */
export function normalQuantile(p: number): number {
  if (p > 1 - TAIL) return -normalQuantile(1 - p)
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p))
    return polynomial(C, q) / polynomial(D, q)
  }
  const q = p - 0.5
  const r = q * q
  return (polynomial(A, r) * q) / polynomial(B, r)
}

/** By Cornish and Fisher's expansion around the normal quantile (Abramowitz and Stegun, 26.7.5). */
export function studentQuantile(p: number, degrees: number): number {
  const z = normalQuantile(p)
  const v = Math.max(FEWEST, degrees)
  const first = (z ** 3 + z) / 4
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  const fourth = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160
  return z + first / v + second / v ** 2 + third / v ** 3 + fourth / v ** 4
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((total, each) => total * x + each, 0)
}
