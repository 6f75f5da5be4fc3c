/**
 * Which proxy leads to a server: the kubeconfig's proxy-url, or else HTTPS_PROXY, HTTP_PROXY and
 * NO_PROXY as Go reads them (golang.org/x/net/http/httpproxy), because kubectl and helm do.
 */
import { BlockList, isIP } from 'node:net';
import type { Environment } from '../environment.ts';
import { ReleasesError } from '../errors.ts';

/** @throws ReleasesError KUBECONFIG for a proxy address that is none */
export function proxyFor(
  server: URL,
  proxyUrl: string | undefined,
  env: Environment,
): URL | undefined {
  if (proxyUrl) return parseProxy(proxyUrl, 'proxy-url');
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = env[name] || env[name.toLowerCase()];
  if (!value || bypasses(server, env.NO_PROXY || env.no_proxy || '')) return undefined;
  return parseProxy(value, name);
}

/** The address may hold a password, so it isn't shown. */
function parseProxy(text: string, from: string): URL {
  try {
    const url = new URL(/^[a-z][a-z0-9]*:\/\//i.test(text) ? text : `http://${text}`);
    if (['http:', 'https:', 'socks5:', 'socks5h:'].includes(url.protocol)) return url;
  } catch {
    // Said below, in one place.
  }
  throw new ReleasesError('KUBECONFIG', `${from} is not an http, https or socks5 address`);
}

function bypasses(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || isLoopback(host)) return true;
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const range = /^([0-9a-f.:]+)\/([0-9]{1,3})$/.exec(entry);
  if (range?.[1] && range[2]) return inRange(range[1], Number(range[2]), host);
  const [name, wanted] = splitPort(entry);
  if (wanted !== undefined && wanted !== port) return false;
  if (isIP(name)) return name === host;
  if (isIP(host)) return false;
  // ".example.com" means only what is below it, "example.com" means itself too.
  const suffix = name.replace(/^\*(?=\.)/, '');
  return suffix.startsWith('.')
    ? host.endsWith(suffix)
    : host === suffix || host.endsWith(`.${suffix}`);
}

function splitPort(entry: string): [string, string | undefined] {
  if (isIP(entry)) return [entry, undefined];
  const found = /^(.*):([0-9]+)$/.exec(entry);
  const name = found?.[1] ?? entry;
  return [name.replace(/^\[|\]$/g, ''), found?.[2]];
}

function inRange(network: string, prefix: number, host: string): boolean {
  const family = isIP(network);
  if (family === 0 || family !== isIP(host)) return false;
  if (prefix > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, prefix, type);
  return list.check(host, type);
}
