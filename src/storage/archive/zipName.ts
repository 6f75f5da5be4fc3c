/** Archives by their names. */

export const isNamedZip = /[^/]\.zip$/;

/** Whether a path is an archive's by its name alone. */
export function isZip(path: string): boolean {
  return isNamedZip.test(path);
}
