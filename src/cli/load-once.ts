// Loads what belongs to a version once: versions never change.

/** By model and version. A failure is not kept: the next call tries again. */
export function loadOnce<T>(load: (model: string, version: string) => Promise<T>) {
  const loaded = new Map<string, Promise<T>>()
  return (model: string, version: string): Promise<T> => {
    const key = `${model}@${version}`
    const known = loaded.get(key) ?? load(model, version)
    loaded.set(key, known)
    known.catch(() => loaded.delete(key))
    return known
  }
}
