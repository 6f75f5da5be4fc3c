/** `get`, in this process, over folders of manifests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { encodePayload } from '../../src/codecs/index.ts';
import type { ReleaseRecord } from '../../src/record.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { type CaptureOptions, runCli } from './cli-io.ts';
import { broken, sketchChart, sketchRecord, sketchRelease } from './cli-records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'commands-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

async function fill(...records: readonly ReleaseRecord[]): Promise<void> {
  const storage = await openDirectory(dir, { create: true });
  for (const record of records) await storage.create(record);
}

/** Runs over the folder; `DIR` in what it prints stands for it. */
async function cli(argv: readonly string[], options?: CaptureOptions) {
  const { code, out, err } = await runCli([...argv, '--storage', `dir:${dir}`], options);
  return { code, out: out.replaceAll(dir, 'DIR'), err: err.replaceAll(dir, 'DIR') };
}

const updated = '2026-11-20T18:04:11.5Z';

describe('get', () => {
  it('prints values and nothing else, so that they can be piped', async () => {
    const config = { password: 'hunter2', on: true, text: 'yes', n: 1.5, list: [1, { a: null }] };
    await fill(sketchRecord({ config }), sketchRecord({ revision: 2, config: { other: 1 } }));
    const { code, out, err } = await cli(['get', 'values', 'billing', '--revision', '1']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      'list:\n- 1\n- a: null\n"n": 1.5\n"on": true\npassword: hunter2\ntext: "yes"\n',
    );
    expect((await cli(['get', 'values', 'billing'])).out).toBe('other: 1\n');
    const json = await cli(['get', 'values', 'billing', '--revision=1', '-ojson']);
    expect(JSON.parse(json.out)).toEqual(config);
    const all = await cli(['get', 'values', 'billing', '-a', '-o', 'yaml']);
    expect(parse(all.out)).toEqual({ other: 1, replicas: 1 });
  });

  it('reads Helm 2’s values as Helm 2 did, subcharts and all', async () => {
    await fill(
      sketchRecord({
        ...{ helm: 2, config: 'on: 0777\ndb: {port: 2}\n', values: 'replicas: 1\n' },
        subcharts: [sketchChart('db', 'port: 1\nsize: 5\n')],
      }),
    );
    expect((await cli(['get', 'values', 'billing'])).out).toBe('db:\n  port: 2\n"true": 511\n');
    expect(parse((await cli(['get', 'values', 'billing', '--all'])).out)).toEqual({
      ...{ true: 511, replicas: 1, db: { port: 2, size: 5, global: {} } },
    });
  });

  it('prints null for no values, as helm 3 does, and {} as helm 2 did', async () => {
    await fill(sketchRecord({}), sketchRecord({ helm: 2, name: 'legacy' }));
    expect((await cli(['get', 'values', 'billing'])).out).toBe('null\n');
    expect((await cli(['get', 'values', 'legacy'])).out).toBe('{}\n');
  });

  it('prints manifest, hooks and notes as they are in the record', async () => {
    await fill(sketchRecord({ notes: 'Visit \u001b[1mhere\u001b[0m.' }));
    expect((await cli(['get', 'manifest', 'billing'])).out).toBe(
      '---\n# Source: billing/templates/cm.yaml\nkind: ConfigMap\n\n',
    );
    expect((await cli(['get', 'hooks', 'billing'])).out).toBe(
      '---\n# Source: billing/templates/hook.yaml\nkind: Job\n',
    );
    expect((await cli(['get', 'notes', 'billing'])).out).toBe(
      'NOTES:\nVisit \u001b[1mhere\u001b[0m.\n',
    );
  });

  it('gives manifest, hooks, notes and all of it as data, too', async () => {
    const manifest = '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n# nothing\n';
    await fill(sketchRecord({ manifest, notes: 'Hello', config: { image: 'x' } }));
    const data = async (...args: string[]) => {
      const { code, out, err } = await cli(['get', ...args]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      return out;
    };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    const list = { apiVersion: 'v1', kind: 'List', items: [object] };
    expect(JSON.parse(await data('manifest', 'billing', '-o', 'json'))).toEqual(list);
    expect(parse(await data('manifest', 'billing', '-o', 'yaml'))).toEqual(list);
    expect(await data('manifest', 'billing', '-o', 'jsonpath={.items[*].kind}')).toBe('ConfigMap');
    expect(await data('hooks', 'billing', '-o', 'jsonpath={[*].name}')).toBe('billing-hook');
    expect(JSON.parse(await data('notes', 'billing', '-o', 'json'))).toBe('Hello');
    const all = JSON.parse(await data('all', 'billing', '-o', 'json'));
    expect(all).toMatchObject({
      ...{ name: 'billing', namespace: 'pay', version: 1, config: { image: 'x' } },
      ...{ info: { status: 'deployed' }, chart: { metadata: { version: '1.2.3' } } },
      computedValues: { image: 'x', replicas: 1 },
    });
    const same = ['-o', 'jsonpath={.chart.metadata.version}'];
    expect(await data('all', 'billing', ...same)).toBe('1.2.3');
    const template = ['--template', '{.chart.metadata.version} {.config.image}'];
    expect(await data('values', 'billing', ...template)).toBe('1.2.3 x');
  });

  it('has the numbers and booleans that kubectl apply would send', async () => {
    const spec = 'mode: 0400\n  stdin: yes\n  links: no\n  id: 12345678901234567890';
    await fill(
      sketchRecord({
        manifest: `apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec:\n  ${spec}\n`,
      }),
    );
    const { out } = await cli(['get', 'manifest', 'billing', '-o', 'json']);
    expect(out.replace(/\s/g, '')).toContain(
      '"spec":{"id":12345678901234567890,"links":false,"mode":256,"stdin":true}',
    );
  });

  it('has no -o in helm’s stead where helm has none, and none beside a template', async () => {
    await fill(sketchRecord({ manifest: 'a: [' }));
    const helm = await cli(['get', 'manifest', 'billing', '-o', 'json', '--compat', 'helm4']);
    expect(helm).toMatchObject({ code: 1, out: '' });
    expect(helm.err).toContain("helm's get manifest has no -o");
    const both = await cli(['get', 'all', 'billing', '-o', 'json', '--template', '{.name}']);
    expect(both).toMatchObject({ code: 2, out: '' });
    const cut = await cli(['get', 'manifest', 'billing', '-o', 'json']);
    expect(cut).toMatchObject({ code: 1, out: '' });
    expect(cut.err).toContain("document 1 of the manifest can't be read: it is not valid YAML");
  });

  it('prints metadata in helm’s order', async () => {
    await fill(sketchRecord({ updated, namespace: 'pay' }));
    expect((await cli(['get', 'metadata', 'billing'])).out).toBe(
      [
        ...[
          'NAME: billing',
          'CHART: billing',
          'VERSION: 1.2.3',
          'APP_VERSION: 7.2',
          'ANNOTATIONS: ',
          'LABELS: name=billing,owner=helm,status=deployed,version=1',
        ],
        ...['DEPENDENCIES: ', 'NAMESPACE: pay', 'REVISION: 1', 'STATUS: deployed'],
        'DEPLOYED_AT: 2026-11-20T18:04:11Z',
        'APPLY_METHOD: client-side apply (defaulted)',
        '',
      ].join('\n'),
    );
    const json = JSON.parse((await cli(['get', 'metadata', 'billing', '-o', 'json'])).out);
    expect(json).toEqual({
      ...{ name: 'billing', chart: 'billing', version: '1.2.3', appVersion: '7.2' },
      ...{ namespace: 'pay', revision: 1, status: 'deployed', deployedAt: '2026-11-20T18:04:11Z' },
      labels: { name: 'billing', owner: 'helm', status: 'deployed', version: '1' },
    });
    expect(parse((await cli(['get', 'metadata', 'billing', '-o', 'yaml'])).out)).toEqual(json);
  });

  it('prints a release through a template, with the methods of helm’s types', async () => {
    await fill(sketchRecord({ config: { a: 1 } }));
    const through = (template: string) =>
      runCli(['get', 'all', 'billing', '--template', template, '--storage', `dir:${dir}`]);
    const { out } = await through(
      '{{.Release.Chart.Name}} {{.Release.Chart.AppVersion}} {{.Release.Info.LastDeployed.Format "2006-01-02 15:04"}} {{.Release.Config.none}}',
    );
    expect(out).toBe('billing 7.2 2026-11-20 18:04 <no value>');
    for (const wrong of [
      '{{.Release.Nope}}',
      '{{.Release.Chart.Nope}}',
      '{{.Release.Info.Nope.x}}',
    ]) {
      const refused = await through(wrong);
      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.err).toMatch(
        /^error: the template can't be carried out: at <\S+>: can't evaluate field Nope in type \*v\d\.\w+\n {2}it has \w+, /,
      );
    }
  });

  // helm's --template is Go's alone. What helm prints of the same: {"v":"1"}, and the second as it is.
  it.each([
    ['{"v":"{{.Release.Version}}"}', '{"v":"1"}', '{"v":"1"}'],
    [' {"n": "{{.Release.Name}}"}', ' {"n": "billing"}', ' {"n": "billing"}'],
    ['"{{.Release.Name}}"', '"billing"', '"billing"'],
    ['{.name}', '{.name}', 'billing'],
    ['{.name}{"\\n"}', '{.name}{"\\n"}', 'billing\n'],
  ])('takes --template %s as helm does, and as a JSONPath only without {{', async (...row) => {
    const [template, helms, ours] = row;
    await fill(sketchRecord({}));
    const argv = ['get', 'all', 'billing', '--template', template, '--storage', `dir:${dir}`];
    expect((await runCli([...argv, '--compat', 'helm4'])).out).toBe(helms);
    expect((await runCli(argv)).out).toBe(ours);
  });

  it('prints everything with all', async () => {
    await fill(sketchRecord({ updated, config: { a: 1 }, notes: '\nThanks.\n' }));
    expect((await cli(['get', 'all', 'billing'])).out).toBe(
      [
        ...['NAME: billing', 'LAST DEPLOYED: Fri Nov 20 18:04:11 2026', 'NAMESPACE: pay'],
        ...[
          'STATUS: deployed',
          'REVISION: 1',
          'CHART: billing',
          'VERSION: 1.2.3',
          'APP_VERSION: 7.2',
          'DESCRIPTION: Revision 1 of billing',
        ],
        ...['TEST SUITE: None', 'USER-SUPPLIED VALUES:', 'a: 1', ''],
        ...['COMPUTED VALUES:', 'a: 1', 'replicas: 1', '', 'HOOKS:', '---'],
        ...['# Source: billing/templates/hook.yaml', 'kind: Job', 'MANIFEST:', '---'],
        ...['# Source: billing/templates/cm.yaml', 'kind: ConfigMap', '', 'NOTES:', 'Thanks.', ''],
      ].join('\n'),
    );
  });

  it('names the revisions there are', async () => {
    await fill(...[1, 2, 4].map((revision) => sketchRecord({ revision })));
    expect(await cli(['get', 'values', 'billing', '--revision', '3', '-n', 'pay'])).toEqual({
      ...{ code: 1, out: '' },
      err: [
        'error: release billing has no revision 3',
        '  there are: 1-2, 4',
        '  try: kubectl releases history billing -n pay --storage dir:DIR',
        '',
      ].join('\n'),
    });
  });

  it('refuses a revision that can not be read, and reads the others', async () => {
    const config = { password: 'hunter2' };
    await fill(sketchRecord({ config }), broken(sketchRecord({ revision: 2, config })));
    const { code, out, err } = await cli(['get', 'values', 'billing']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^error: revision 2 of billing can't be read\n {2}secret pay\/sh\.helm\.release\.v1\.billing\.v2 .*\n {2}try: another revision: 1 \(--revision\)\n {2}try: kubectl releases decode FILE {2}shows what is left of it\n$/,
    );
    expect(err).not.toContain('hunter2');
    expect((await cli(['get', 'values', 'billing', '--revision', '1'])).out).toContain('hunter2');
  });

  it('refuses Helm 2 values that are not YAML, without showing them', async () => {
    await fill(sketchRecord({ helm: 2, config: 'password: [hunter2' }));
    const { code, out, err } = await cli(['get', 'values', 'billing']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^error: .*YAML.*\n/);
    expect(err).not.toContain('hunter2');
  });
});

describe('what a helm does not know', () => {
  it.each([
    ['get metadata billing', 'helm 3.8 has no get metadata', ['helm3.8']],
    ['list --no-headers', 'helm 3.8 has no list --no-headers', ['helm3.8']],
    ['status billing --show-resources=false', 'helm 3.8 has no status', ['helm3.8']],
    ['history billing --show-rollback-revision', 'has no history', ['helm3.8', 'helm3', 'helm4.1']],
  ])('refuses %s', async (line, said, words) => {
    await fill(sketchRecord({ helm: 4 }));
    for (const word of ['helm3', 'helm4', 'helm3.8', 'helm3.22', 'helm4.1', 'helm4.3']) {
      const status = line.startsWith('status') ? [] : ['-n', 'pay'];
      const { code, err } = await cli([...line.split(' '), ...status, '--compat', word]);
      const refused = words.includes(word) || (word === 'helm3.22' && words.includes('helm3'));
      expect([word, code, err.includes(said)]).toEqual([word, refused ? 1 : 0, refused]);
    }
  });

  it('shows which revision a rollback went back to, in a column and as data', async () => {
    const second = sketchRelease({ helm: 4, revision: 2 });
    const info = second.info && { ...second.info, rollbackRevision: 1 };
    const payload = encodePayload('helm3', { ...second, ...(info && { info }) });
    await fill(sketchRecord({ helm: 4, status: 'superseded' }), {
      ...sketchRecord({ helm: 4, revision: 2 }),
      payload,
    });
    const shown = await cli([
      'history',
      'billing',
      '--show-rollback-revision',
      '--compat',
      'helm4',
    ]);
    expect(shown.out.split('\n').map((row) => row.split('\t')[5]?.trim())).toEqual([
      ...['ROLLBACK', '', '1', undefined],
    ]);
    for (const [word, wanted] of [
      ['helm4', 1],
      ['helm4.1', undefined],
      ['helm3', undefined],
    ] as const) {
      const { out } = await cli(['history', 'billing', '-o', 'json', '--compat', word]);
      expect([word, JSON.parse(out)[1].rollback_revision]).toEqual([word, wanted]);
    }
  });
});
