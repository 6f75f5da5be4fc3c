/** `move-config` on folders of its own: what it copies, and what it leaves. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  config,
  type Data,
  data,
  home,
  install,
  link,
  pluginFile,
  repositories,
  root,
  rows,
  run,
  snapshot,
  wholeHome,
  write,
} from './moveConfigHome.ts';

describe('move-config', () => {
  it('plans, copies, keeps the sources, and has nothing to do the second time', async () => {
    wholeHome();
    const before = snapshot(home());
    const dry = await run('--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toContain('4 items to copy. Dry run: nothing was written.');
    expect(readdirSync(root)).toEqual(['.helm']);

    const done = await run('--yes');
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).toContain('Done: 4 items moved, read back and equal.\n');
    expect(done.out).toContain('Next: helm repo update · helm plugin list · helm create');
    expect(snapshot(home())).toEqual(before);
    expect(lstatSync(data('plugins', 'diff')).isDirectory()).toBe(true);
    expect(statSync(data('plugins', 'diff', 'run.sh')).mode & 0o777).toBe(0o755);
    expect(readFileSync(data('starters', 'web', 'templates', 'cm.yaml'), 'utf8')).toContain(
      '<CHARTNAME>',
    );
    expect(statSync(config('repositories.yaml')).mode & 0o777).toBe(0o600);

    const after = [...snapshot(config()), ...snapshot(data())];
    const again = await run('--yes');
    expect(again.code).toBe(0);
    expect(again.out).toContain('Nothing to do: 4 items already in Helm 3, and equal.\n');
    expect([...snapshot(config()), ...snapshot(data())]).toEqual(after);
  });

  it("asks, and takes helm-2to3's flag for an answer", async () => {
    wholeHome();
    const asked = await run();
    expect(asked.code).toBe(2);
    expect(asked.err).toContain('there is no terminal to ask on, and --yes was not given');
    expect(existsSync(config())).toBe(false);
    expect((await run('--skip-confirmation')).code).toBe(0);
    expect(existsSync(config('repositories.yaml'))).toBe(true);
  });

  it('gives what became of the plan as data', async () => {
    wholeHome();
    const { out, code } = await run('--yes', '-o', 'json');
    const { items, outcomes } = JSON.parse(out) as Data;
    expect(code).toBe(0);
    expect(items).toHaveLength(4);
    expect(outcomes?.map(({ name, result }) => `${name} ${result}`)).toEqual([
      'stable moved',
      'own moved',
      'diff moved',
      'web moved',
    ]);
    expect((await run('--dry-run', '-o', 'yaml')).out).toContain('verdict: done');
  });

  it('says so where there is no home', async () => {
    expect(await run()).toMatchObject({
      code: 1,
      err: expect.stringContaining(`there is no home of Helm 2 at ${home()}`),
    });
    write(join(root, 'file'), '');
    expect((await run('--helm2-home', join(root, 'file'))).code).toBe(1);
  });

  it('copies certificates out of the home, as secrets, and names them where they went', async () => {
    const ca = home('certs', 'ca.pem');
    write(ca, 'CERTIFICATE', 0o755);
    write(
      home('repository', 'repositories.yaml'),
      `${repositories('own')}  caFile: ${ca}\n  keyFile: /elsewhere/key.pem\n  certFile: ${home('gone.pem')}\n`,
    );
    expect((await run('--yes')).code).toBe(0);
    const copy = config('certificates', 'certs', 'ca.pem');
    expect(readFileSync(copy, 'utf8')).toBe('CERTIFICATE');
    expect(statSync(copy).mode & 0o077).toBe(0);
    const text = readFileSync(config('repositories.yaml'), 'utf8');
    expect(text).toContain(`caFile: ${copy}\n`);
    expect(text).toContain('keyFile: /elsewhere/key.pem\n');
    expect((await rows())['repository own']).toBe('done: Helm 3 has it');
    rmSync(copy);
    expect((await rows())['repository own']).toBe('ready: Helm 3 has it, without its certificate');
    expect((await run('--yes')).code).toBe(0);
    expect(readFileSync(copy, 'utf8')).toBe('CERTIFICATE');
    write(ca, 'RENEWED');
    expect((await rows())['repository own']).toContain('needs a decision');
    expect((await rows('--on-conflict', 'keep'))['repository own']).toContain('done');
    expect((await run('--yes', '--on-conflict', 'replace')).code).toBe(0);
    expect(readFileSync(copy, 'utf8')).toBe('RENEWED');
  });

  it('reads files that begin with a byte order mark', async () => {
    write(home('repository', 'repositories.yaml'), `\ufeff${repositories('own')}`);
    write(config('repositories.yaml'), `\ufeff${repositories('mine')}`);
    expect((await run('--yes')).code).toBe(0);
    expect((await rows())['repository own']).toBe('done: Helm 3 has it');
  });

  it('writes through a repositories.yaml that is a link', async () => {
    wholeHome();
    write(join(root, 'dotfiles', 'repos.yaml'), repositories('mine'));
    link(join(root, 'dotfiles', 'repos.yaml'), config('repositories.yaml'));
    expect((await run('--yes')).code).toBe(0);
    expect(lstatSync(config('repositories.yaml')).isSymbolicLink()).toBe(true);
    const text = readFileSync(join(root, 'dotfiles', 'repos.yaml'), 'utf8');
    expect(text.match(/name: \w+/g)).toEqual(['name: mine', 'name: stable', 'name: own']);
  });
});

describe('plugins', () => {
  it('that are in use in Helm 3 with other content need a decision', async () => {
    wholeHome();
    write(data('plugins', 'helm-diff', 'plugin.yaml'), pluginFile('diff', '3.9.4'));
    expect((await rows())['plugin diff']).toBe(
      'needs a decision: Helm 3 has another plugin of this name: version 3.9.4, and this is 1.0.0',
    );
    const waits = await run('--yes');
    expect(waits.code).toBe(3);
    expect(waits.out).toContain('--on-conflict keep');
    expect(readdirSync(data('plugins'))).toEqual(['helm-diff']);
    expect((await run('--yes', '--on-conflict', 'keep')).code).toBe(0);
    expect(readdirSync(data('plugins'))).toEqual(['helm-diff']);
    const replaced = await run('--yes', '--on-conflict', 'replace');
    expect(replaced.code).toBe(0);
    expect(readdirSync(data('plugins'))).toEqual(['diff']);
    const aside = /What was replaced is in (.*)\n/.exec(replaced.out)?.[1] ?? '';
    expect(readFileSync(join(aside, 'plugins', 'helm-diff', 'plugin.yaml'), 'utf8')).toContain(
      '3.9.4',
    );
  });

  it('that link out of the home stay links', async () => {
    const mine = join(root, 'elsewhere', 'mine');
    write(join(mine, 'plugin.yaml'), pluginFile('mine'));
    link(mine, home('plugins', 'mine'));
    write(join(root, 'elsewhere', 'rel', 'plugin.yaml'), pluginFile('rel'));
    link('../../elsewhere/rel', home('plugins', 'rel'));
    expect((await run('--yes')).code).toBe(0);
    expect(readlinkSync(data('plugins', 'mine'))).toBe(mine);
    expect(readlinkSync(data('plugins', 'rel'))).toBe(join(root, 'elsewhere', 'rel'));
    expect(Object.values(await rows())).toEqual(['done: Helm 3 has it', 'done: Helm 3 has it']);
  });

  it('that are links of Helm 3 into the home become copies, once that is decided', async () => {
    link(install('diff'), data('plugins', 'diff'));
    expect(await rows()).toEqual({
      'plugin diff': "needs a decision: Helm 3's own is a link into Helm 2's home",
    });
    expect((await run('--yes', '--on-conflict', 'replace')).code).toBe(0);
    expect(lstatSync(data('plugins', 'diff')).isDirectory()).toBe(true);
    expect(await rows()).toEqual({ 'plugin diff': 'done: Helm 3 has it' });
  });

  it('keep the links in them, and none that leads into the home', async () => {
    const cached = install('diff');
    link('run.sh', join(cached, 'bin', 'here'));
    link(join(cached, 'plugin.yaml'), join(cached, 'bin', 'absolute'));
    link('/dev/null', join(cached, 'bin', 'outside'));
    link('nowhere', join(cached, 'bin', 'nothing'));
    link('../run.sh', join(cached, 'bin', 'up'));
    const bad = install('bad');
    link('../../archive/x', join(bad, 'x'));
    expect(await rows()).toEqual({
      'plugin bad': "unreadable: x: a link to another place in Helm 2's home",
      'plugin diff': 'ready',
    });
    expect((await run('--yes')).code).toBe(3);
    const bin = data('plugins', 'diff', 'bin');
    expect(
      Object.fromEntries(readdirSync(bin).map((name) => [name, readlinkSync(join(bin, name))])),
    ).toEqual({
      absolute: '../plugin.yaml',
      here: 'run.sh',
      nothing: 'nowhere',
      outside: '/dev/null',
      up: '../run.sh',
    });
    expect((await rows())['plugin diff']).toBe('done: Helm 3 has it');
  });

  it('whose plugin.yaml Helm 3 refuses stay: one such file hides every plugin', async () => {
    for (const [name, text] of Object.entries({
      field: `${pluginFile('field')}extra: 1\n`,
      name: pluginFile('a b'),
      type: `${pluginFile('type')}hooks: [x]\n`,
      yaml: 'name: [',
      list: '- a\n',
    }))
      write(home('plugins', name, 'plugin.yaml'), text);
    write(home('plugins', 'huge', 'plugin.yaml'), `${pluginFile('huge')}#${'x'.repeat(1 << 20)}`);
    mkdirSync(home('plugins', 'folder', 'plugin.yaml'), { recursive: true });
    mkdirSync(home('plugins', 'none'));
    write(home('plugins', 'good', 'plugin.yaml'), pluginFile('good'));
    write(home('plugins', 'twin', 'plugin.yaml'), pluginFile('good'));
    expect(await rows()).toEqual({
      'plugin field': 'unreadable: its plugin.yaml has a field that Helm 3 refuses: extra',
      'plugin folder': 'unreadable: its plugin.yaml is no file',
      'plugin good': `left out: ${home('plugins', 'good')} is the one that Helm 2 uses`,
      'plugin huge': 'unreadable: its plugin.yaml is larger than 1 MiB',
      'plugin list': "unreadable: its plugin.yaml can't be read: not YAML",
      'plugin name':
        'unreadable: its plugin.yaml has a name that Helm 3 refuses: letters, digits, - and _ only',
      'plugin none': 'left out: no plugin: it has no plugin.yaml',
      'plugin type': 'unreadable: its plugin.yaml: hooks holds something else than a map',
      'plugin yaml': "unreadable: its plugin.yaml can't be read: not YAML",
    });
    await run('--yes');
    expect(readdirSync(data('plugins'))).toEqual(['good']);
  });

  it('come with what Helm 3 and 4 make of them', async () => {
    const more =
      'useTunnel: true\nhooks:\n  install: "$HELM_HOME/x $TILLER_NAMESPACE"\ndownloaders:\n- command: c\n  protocols: [s3]\n';
    write(home('plugins', 'old', 'plugin.yaml'), pluginFile('old', 'v1') + more);
    const { items } = JSON.parse((await run('--dry-run', '-o', 'json')).out) as Data;
    expect(items[0]?.notes).toEqual([
      "it asks for a tunnel to Tiller, which Helm 3 and 4 don't make",
      "its plugin.yaml uses HELM_HOME, TILLER_, which Helm 3 doesn't set",
      "Helm 4 doesn't load it: its version is no semantic version",
      'Helm 4 takes it for a downloader only, and not for a command',
    ]);
  });
});
