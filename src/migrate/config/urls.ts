/** What can be told from a repository's address. */
import type { Entry } from './entries.ts';

/** The two archives of the Helm project that moved; Helm 3's `repo add` refuses the old addresses. */
const moved: readonly (readonly [old: string, now: string])[] = [
  ['kubernetes-charts.storage.googleapis.com', 'https://charts.helm.sh/stable'],
  ['kubernetes-charts-incubator.storage.googleapis.com', 'https://charts.helm.sh/incubator'],
];

export function addressesIn(entry: Entry): readonly [name: string, url: string] {
  return [entry.members.get('name') ?? '', entry.members.get('url') ?? ''];
}

/** @returns the address that took the place of one that is gone */
export function deadAddress(url: string): string | undefined {
  const host = parsed(url)?.hostname;
  return moved.find(([old]) => host === old)?.[1];
}

/** `helm serve`'s: on this machine, at its port or under its name. */
export function isLocal(name: string, url: string): boolean {
  const address = parsed(url);
  if (!address || !/^(127\.0\.0\.1|localhost|\[::1\])$/.test(address.hostname)) return false;
  return name === 'local' || address.port === '8879';
}

export function sameAddress(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(url: string): string {
  return (deadAddress(url) ?? url).replace(/\/+$/, '');
}

/** Without what may be secret: name and password, query, fragment. */
export function shownAddress(url: string): string {
  const address = parsed(url);
  // Of what isn't `scheme://host/path` nobody knows which part is the password.
  if (!address || (address.host === '' && !/^file:\/\/\//i.test(url))) return '…';
  const { protocol, username, password, host, pathname } = address;
  if (username || password || url.includes('\\'))
    return `${protocol}//…@${host}${pathname}${/[?#]/.test(url) ? '?…' : ''}`;
  return url.replace(/[?#].*$/s, '?…');
}

function parsed(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}
