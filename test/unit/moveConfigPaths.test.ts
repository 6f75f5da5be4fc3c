import { describe, expect, it } from 'vitest';
import { helm2Home, helm3Places } from '../../src/migrate/config/paths.ts';

describe("Helm 2's home", () => {
  it.each([
    ['~/.helm by default', {}, undefined, '/home/eve/.helm'],
    ['HELM_HOME', { HELM_HOME: '/srv/helm2' }, undefined, '/srv/helm2'],
    ['variables in it', { HELM_HOME: `$HOME/old/\${TEAM}` }, undefined, '/home/eve/old/pay'],
    ['HELM_V2_HOME first', { HELM_V2_HOME: '/a', HELM_HOME: '/b' }, undefined, '/a'],
    ['the flag before all', { HELM_V2_HOME: '/a', HELM_HOME: '/b' }, '/c', '/c'],
    ['an empty variable as none', { HELM_HOME: '' }, undefined, '/home/eve/.helm'],
  ])('is %s', (_, env, given, home) => {
    const found = helm2Home({ HOME: '/home/eve', TEAM: 'pay', ...env }, 'linux', given);
    expect(found).toEqual({
      home,
      repositories: `${home}/repository/repositories.yaml`,
      plugins: [`${home}/plugins`],
      starters: `${home}/starters`,
    });
  });

  it('has the plugin folders that HELM_PLUGIN lists', () => {
    const env = { HOME: '/home/eve', HELM_PLUGIN: '/one::/two' };
    expect(helm2Home(env, 'linux').plugins).toEqual(['/one', '/two']);
  });

  it('is below the profile on Windows', () => {
    expect(helm2Home({ USERPROFILE: 'C:\\Users\\eve' }, 'win32').repositories).toBe(
      'C:\\Users\\eve\\.helm\\repository\\repositories.yaml',
    );
    expect(helm2Home({ HOMEDRIVE: 'D:', HOMEPATH: '\\eve' }, 'win32').home).toBe('D:\\eve\\.helm');
  });

  it('is asked for where nothing says where it is', () => {
    expect(() => helm2Home({}, 'linux')).toThrow(
      "HOME is not set, so Helm's folders can't be told",
    );
    expect(helm2Home({}, 'linux', '/given').home).toBe('/given');
  });
});

describe("Helm 3's and 4's places", () => {
  it.each([
    ['linux', {}, '/home/eve/.config/helm', '/home/eve/.local/share/helm'],
    ['freebsd', {}, '/home/eve/.config/helm', '/home/eve/.local/share/helm'],
    ['darwin', {}, '/home/eve/Library/Preferences/helm', '/home/eve/Library/helm'],
    ['linux', { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d' }, '/c/helm', '/d/helm'],
    ['darwin', { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d' }, '/c/helm', '/d/helm'],
    [
      'linux',
      {
        HELM_CONFIG_HOME: '/hc',
        HELM_DATA_HOME: '/hd',
        XDG_CONFIG_HOME: '/c',
        XDG_DATA_HOME: '/d',
      },
      '/hc',
      '/hd',
    ],
  ] as const)('are right on %s with %o', (platform, env, config, data) => {
    expect(helm3Places({ HOME: '/home/eve', ...env }, platform)).toEqual({
      repositories: `${config}/repositories.yaml`,
      plugins: `${data}/plugins`,
      starters: `${data}/starters`,
      data,
    });
  });

  it('are all below APPDATA on Windows', () => {
    const places = helm3Places({ APPDATA: 'C:\\Users\\eve\\AppData\\Roaming' }, 'win32');
    expect(places.repositories).toBe('C:\\Users\\eve\\AppData\\Roaming\\helm\\repositories.yaml');
    expect(places.plugins).toBe('C:\\Users\\eve\\AppData\\Roaming\\helm\\plugins');
  });

  it("are Helm's own variables for single places", () => {
    const env = { HOME: '/h', HELM_REPOSITORY_CONFIG: '/r/repos.yaml', HELM_PLUGINS: '/p:/q' };
    const places = helm3Places(env, 'linux');
    expect(places.repositories).toBe('/r/repos.yaml');
    expect(places.plugins).toBe('/p');
    expect(places.starters).toBe('/h/.local/share/helm/starters');
  });

  it("are helm-2to3's variables before Helm's, which a plugin always finds set", () => {
    const env = {
      HELM_V3_CONFIG: '/vc',
      HELM_V3_DATA: '/vd',
      HELM_CONFIG_HOME: '/hc',
      HELM_DATA_HOME: '/hd',
      HELM_REPOSITORY_CONFIG: '/hc/repositories.yaml',
      HELM_PLUGINS: '/hd/plugins',
    };
    expect(helm3Places(env, 'linux')).toEqual({
      repositories: '/vc/repositories.yaml',
      plugins: '/vd/plugins',
      starters: '/vd/starters',
      data: '/vd',
    });
  });
});
