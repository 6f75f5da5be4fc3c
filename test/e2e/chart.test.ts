/** `chart` gives back what real helm renders to the manifest that it recorded. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { useClients, useCluster } from '../cluster/shared.ts';
import { builtProgram } from './kubectl-program.ts';

const cluster = useCluster();
const { helm3, helm4, run } = useClients();
const kubeconfig = cluster.adminKubeconfig;
const releases = builtProgram(run, kubeconfig);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chart-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ok(program: string, args: readonly string[], input?: string): Promise<string> {
  const result = await run(program, args, {
    kubeconfig,
    ...(input === undefined ? {} : { input }),
  });
  expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result.stdout;
}

const configMap = (name: string, data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "${name}"}\ndata: ${data}\n`;

/** Helpers, files, CRDs, a schema, hooks, a test, odd values; no subcharts. */
const own: { readonly [path: string]: string | Buffer } = {
  'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3-rc.1+build
appVersion: "7.2"
# a comment
keywords: [a, "yes"]
maintainers: [{name: Eve, email: eve@example.com}]
annotations: {example.com/a: "1"}
kubeVersion: ">=1.19.0-0"
`,
  'values.yaml': `# comments are lost
big: 123456789012
small: 0.0000001
"on": "off"
text: |
  first
    second
list: [a, {b: null}]
nothing: null
table: {x: 1, dropped: 2}
`,
  'values.schema.json': '{"type": "object"}\n',
  'README.md': '# Web {{ not a template }}\n',
  'files/logo.bin': Buffer.from([0, 1, 2, 255]),
  'files/conf.txt': 'a\r\nb "quoted" {{ .x }}\n',
  'crds/widget.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.RELEASE.example.com}
spec:
  group: RELEASE.example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`,
  'templates/_helpers.tpl': '{{ define "web.name" }}{{ .Release.Name }}-web{{ end }}\n',
  'templates/values.yaml': `${configMap('{{ include "web.name" . }}', '')}  {{- range $k, $v := .Values }}
  {{ $k | quote }}: {{ $v | toJson | quote }}
  {{- end }}
  conf: {{ .Files.Get "files/conf.txt" | quote }}
  logo: {{ .Files.Get "files/logo.bin" | b64enc }}
  readme: {{ .Files.Get "README.md" | quote }}
`,
  'templates/two.yaml': `${configMap('one', '{a: "{{`{{ literal }}`}}"}')}---\n${configMap('two', '{}')}`,
  'templates/hook.yaml': `${configMap('hook', '{}').replace('{name: "hook"}', '{name: hook, annotations: {helm.sh/hook: pre-upgrade}}')}`,
  'templates/tests/t.yaml': `${configMap('t', '{}').replace('{name: "t"}', '{name: t, annotations: {helm.sh/hook: test}}')}`,
  'templates/NOTES.txt': 'Hello {{ .Release.Name }}\n',
};

function write(name: string, files: { readonly [path: string]: string | Buffer }): string {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** With subcharts: plain, aliased, nested, left out by a condition, and one that renders nothing. */
function withSubcharts(version: 'v1' | 'v2'): { readonly [path: string]: string | Buffer } {
  const dependencies = `dependencies:
- {name: db, version: ~1.0.0, repository: ""}
- {name: cache, version: ">=0.1.0", repository: "", alias: fast}
- {name: spare, version: 1.0.0, repository: "", condition: spare.enabled}
- {name: quiet, version: 1.0.0, repository: ""}
`;
  const sub = (name: string, more: { readonly [path: string]: string | Buffer }) =>
    Object.fromEntries(
      Object.entries({
        'Chart.yaml': `apiVersion: ${version}\nname: ${name.split('/').pop()}\nversion: 1.0.0\n`,
        ...more,
      }).map(([path, text]) => [`charts/${name}/${path}`, text]),
    );
  return {
    ...own,
    'Chart.yaml': `apiVersion: ${version}\nname: web\nversion: 1.0.0\n${version === 'v2' ? dependencies : ''}`,
    ...(version === 'v1' ? { 'requirements.yaml': dependencies } : {}),
    'values.yaml': 'spare: {enabled: false}\nfast: {size: 3}\ndb: {size: 2}\nglobal: {g: 1}\n',
    ...sub('db', {
      'values.yaml': 'size: 1\n',
      'templates/_h.tpl': '{{ define "db.name" }}db-{{ .Values.global.g }}{{ end }}',
      'templates/db.yaml': `${configMap('{{ include "db.name" . }}', '{s: "{{ .Values.size }} {{`{{ x }}`}}"}')}---\n${configMap('db-two', '{}')}`,
      'templates/hook.yaml': configMap('dbhook', '{}').replace(
        '{name: "dbhook"}',
        '{name: dbhook, annotations: {helm.sh/hook: "pre-install,post-rollback"}}',
      ),
    }),
    ...sub('db/charts/deep', { 'templates/deep.yaml': configMap('deep', '{}') }),
    ...sub('cache', {
      'templates/cache.yaml': configMap('{{ .Chart.Name }}', '{size: "{{ .Values.size }}"}'),
    }),
    ...sub('spare', { 'templates/spare.yaml': configMap('spare', '{}') }),
    ...sub('quiet', { 'values.yaml': 'a: 1\n' }),
  };
}

const clients = [
  { name: 'helm 3', helm: helm3, other: helm4 },
  { name: 'helm 4', helm: helm4, other: helm3 },
];

describe.each(clients)('what $name recorded', ({ name, helm, other }) => {
  const config = 'table: {dropped: null, y: "{{ no template }}"}\nlist: [1, 1e3, "0777"]\n';
  const id = name.replace(' ', '');

  /** @returns the folder of the chart that is given back */
  async function given(source: string, ...flags: string[]) {
    const namespace = await cluster.namespace('chart');
    const at = ['-n', namespace];
    const values = join(folder, 'config.yaml');
    writeFileSync(values, config);
    await ok(helm, ['install', 'billing', source, ...at, '-f', values, ...flags]);
    const back = join(folder, `back-${id}-${namespace}`);
    const result = await releases(['chart', 'billing', ...at, '-d', back]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return { at, back, result };
  }

  it.each(['folder', 'archive'])('renders to the same manifest, from a %s', async (form) => {
    const files = Object.fromEntries(
      Object.entries(own).map(([path, text]) => [
        path,
        typeof text === 'string' ? text.replaceAll('RELEASE', `${id}${form}`) : text,
      ]),
    );
    const source = write(`own-${id}-${form}`, files);
    const { at, back, result } = await given(source);
    let place = back;
    if (form === 'archive') {
      place = join(folder, `${id}.tgz`);
      expect(await releases(['chart', 'billing', ...at, '-o', place])).toMatchObject({ code: 0 });
    }
    const manifest = (await ok(helm, ['get', 'manifest', 'billing', ...at])).trim();
    const values = (await releases(['get', 'values', 'billing', ...at])).stdout;
    for (const program of [helm, other]) {
      const args = ['template', 'billing', place, ...at, '-f', '-', '--no-hooks'];
      expect((await ok(program, args, values)).trim()).toBe(manifest);
      const crds = await ok(program, [...args, '--include-crds'], values);
      expect(crds).toContain(`widgets.${id}${form}.example.com`);
    }
    // Whoever goes on from it can upgrade with it, hooks and all.
    await ok(helm, ['upgrade', 'billing', place, ...at, '-f', '-'], values);
    const diff = await releases(['diff', 'billing', '1', '2', ...at]);
    expect(diff).toMatchObject({ code: 0, stdout: expect.stringContaining('are equal') });
    const again = await releases(['chart', 'billing', ...at, '-d', back]);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing is overwritten'),
    });
    expect(result.stdout).toContain('Not in the record:\n  comments, and the order of keys');
    for (const path of ['README.md', 'files/logo.bin', 'templates/NOTES.txt', 'values.schema.json'])
      expect(readFileSync(join(back, path))).toEqual(readFileSync(join(source, path)));
  });

  it.each(['v1', 'v2'] as const)(
    'subcharts of %s come back as they were rendered',
    async (version) => {
      const { 'crds/widget.yaml': _, ...files } = withSubcharts(version);
      const { at, back, result } = await given(write(`sub-${id}-${version}`, files));
      const manifest = (await ok(helm, ['get', 'manifest', 'billing', ...at])).trim();
      const hooks = (await ok(helm, ['get', 'hooks', 'billing', ...at])).trim();
      expect(manifest).toContain('web/charts/db/charts/deep/templates/deep.yaml');
      expect(manifest).toContain('name: "fast"');
      const values = (await releases(['get', 'values', 'billing', ...at])).stdout;
      // The two Helms give subcharts that are left out different values, so only its own counts.
      const args = ['template', 'billing', back, ...at, '-f', '-'];
      expect((await ok(helm, [...args, '--no-hooks'], values)).trim()).toBe(manifest);
      const all = parseAllDocuments(await ok(helm, args, values)).map((one) => one.toJSON());
      for (const hook of parseAllDocuments(hooks)) expect(all).toContainEqual(hook.toJSON());
      expect(await ok(other, args, values)).toContain('name: "fast"');
      expect(result.stdout).toContain(
        'the subchart db: charts/db holds its objects as they were rendered\n',
      );
      expect(result.stdout).toContain(
        'the subchart quiet, which rendered no objects: charts/quiet',
      );
    },
  );
});

it('says which templates need a subchart that is not there', async () => {
  const namespace = await cluster.namespace('chart');
  const source = write('library', {
    'Chart.yaml': `apiVersion: v2
name: web
version: 1.0.0
dependencies: [{name: common, version: 1.0.0, repository: ""}]
`,
    'templates/a.yaml': configMap('{{ include "common.name" . }}', '{}'),
    'charts/common/Chart.yaml': 'apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n',
    'charts/common/templates/_names.tpl': '{{ define "common.name" }}x{{ end }}',
  });
  await ok(helm4, ['install', 'billing', source, '-n', namespace]);
  const args = ['chart', 'billing', '-n', namespace, '-d', join(folder, 'library-back')];
  const { code, stdout } = await releases(args);
  expect(code).toBe(0);
  expect(stdout).toContain(
    "what templates/a.yaml includes from a subchart: common.name; it can't be rendered\n",
  );
});

it('is for its owner alone, whatever the umask', async () => {
  const [back] = readdirSync(folder).filter((name) => name.startsWith('back-'));
  const path = join(folder, back ?? '');
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'templates')).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'values.yaml')).mode & 0o777).toBe(0o600);
});

describe('what Tiller recorded', () => {
  const fixture = (name: string) => ['--storage', `dir:test/fixtures/helm2/${name}.yaml`];
  it.each([
    ['subcharts', 'platform', 'web'],
    ['manifests', 'web-full', 'apps'],
    ['manifests', 'store-heritage', 'apps'],
    ['files', 'files-binary', 'apps'],
    ['requirements', 'requirements-plain', 'apps'],
    ['requirements', 'requirements-everything', 'apps'],
  ])('%s/%s renders to the same objects', async (file, name, namespace) => {
    const cwd = process.cwd();
    const back = join(folder, `helm2-${name}`);
    const ran = async (...args: string[]) => {
      const result = await releases([...args, ...fixture(file)], { cwd });
      expect(result, result.stderr).toMatchObject({ code: 0 });
      return result.stdout;
    };
    await ran('chart', name, '-d', back);
    const values = await ran('get', 'values', name);
    const args = ['template', name, back, '-n', namespace, '-f', '-', '--no-hooks'];
    const objects = (text: string) =>
      parseAllDocuments(text)
        .flatMap((one) => one.toJSON() ?? [])
        .map((one) => JSON.stringify(one).replaceAll('"heritage":"Helm"', '"heritage":"Tiller"'))
        .sort();
    const wanted = objects(await ran('get', 'manifest', name));
    expect(wanted.length).toBeGreaterThan(0);
    for (const program of [helm3, helm4])
      expect(objects(await ok(program, args, values))).toEqual(wanted);
  });
});
