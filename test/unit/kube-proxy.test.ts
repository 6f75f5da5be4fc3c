import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../src/kube/proxy.ts';

const via = (server: string, env: { [name: string]: string }, own?: string) =>
  proxyFor(new URL(server), own, env)?.href;

describe('the proxy before a server', () => {
  it('is the one of the kubeconfig, or that of the environment for the scheme', () => {
    const env = { HTTPS_PROXY: 'http://s:1', http_proxy: 'p:2' };
    expect(via('https://a.test', env)).toBe('http://s:1/');
    expect(via('http://a.test', env)).toBe('http://p:2/');
    expect(via('https://a.test', env, 'socks5://k:3')).toBe('socks5://k:3');
    expect(via('https://a.test', {})).toBeUndefined();
  });

  it('is passed by for the hosts of NO_PROXY, as Go reads it', () => {
    const cases: [string, string, boolean][] = [
      ['https://a.test', 'a.test', true],
      ['https://b.a.test', 'a.test', true],
      ['https://ba.test', 'a.test', false],
      ['https://a.test', '.a.test', false],
      ['https://b.a.test', '*.a.test', true],
      ['https://a.test:6443', 'x, a.test:6443', true],
      ['https://a.test:6443', 'a.test:443', false],
      ['https://10.1.2.3', '10.0.0.0/8', true],
      ['https://11.1.2.3', '10.0.0.0/8', false],
      ['https://10.1.2.3', '10.1.2.3', true],
      ['https://[fd00::1]:6443', 'fd00::/8', true],
      ['https://anything', '*', true],
      ['https://A.Test', 'a.TEST', true],
      ['https://localhost:6443', '', true],
      ['https://127.0.0.9', '', true],
      ['https://a.test', '', false],
    ];
    for (const [server, list, direct] of cases) {
      const found = via(server, { HTTPS_PROXY: 'http://p:1', NO_PROXY: list });
      expect(found === undefined, `${server} with NO_PROXY=${list}`).toBe(direct);
    }
  });

  it('must be an address, and is not shown when it is none', () => {
    for (const bad of ['ftp://user:SECRET@h', 'http://', 'http://user:SECRET@h:port'])
      expect(() => via('https://a.test', {}, bad)).toThrow(
        /^proxy-url is not an http, https or socks5 address$/,
      );
  });
});
