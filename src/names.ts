/** What Kubernetes and Helm take as a name: one expression for each kind of it. */

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const dnsLabel = new RegExp(`^${label}$`);
const dnsSubdomain = new RegExp(`^${label}(?:\\.${label})*$`);

/** A namespace's, and a Job's: RFC 1123's label. */
export function isNamespaceName(text: string): boolean {
  return text.length <= 63 && dnsLabel.test(text);
}

/** An object's, and what stands before the slash of a label's name: RFC 1123's subdomain. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && dnsSubdomain.test(text);
}

/** Helm 3's rule for releases: pkg/chartutil/validate_name.go. */
export function isReleaseName(text: string): boolean {
  return text.length <= 53 && dnsSubdomain.test(text);
}

/** A label's value. */
export function isLabelValue(text: string): boolean {
  return text.length <= 63 && /^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/.test(text);
}

/** A label's name: at most 63 characters, before them perhaps a DNS subdomain and a slash. */
export function isLabelName(text: string): boolean {
  const [name = '', prefix, ...more] = text.split('/').reverse();
  if (more.length > 0 || name === '' || !isLabelValue(name)) return false;
  return prefix === undefined || isObjectName(prefix);
}
