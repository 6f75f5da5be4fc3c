/**
 * A pure function that works once for each object and then remembers, as long as the object lives.
 * What throws is tried again.
 */
export function oncePer<T extends object, R>(make: (from: T) => R): (from: T) => R {
  const made = new WeakMap<T, { readonly result: R }>();
  return (from) => {
    const known = made.get(from);
    if (known) return known.result;
    const result = make(from);
    made.set(from, { result });
    return result;
  };
}
