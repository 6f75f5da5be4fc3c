/**
 * Records that people have had, made small (`test/fixtures/cases`), each with the answer that Helm gives, or
 * that loses nothing. Where the real helms can be asked, `test/e2e` asks them.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './cli-io.ts';

const file = (name: string) =>
  fileURLToPath(new URL(`../fixtures/cases/${name}.json`, import.meta.url));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cases-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});
const run = (line: string) => runCli(line.split(' '));

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data: { readonly release: string };
}
const items = (name: string): readonly Secret[] =>
  JSON.parse(readFileSync(file(name), 'utf8')).items;

/** What Kubernetes' base64 holds: the payload as Helm stores it. */
const payloadOf = ({ data }: Secret) => Buffer.from(data.release, 'base64').toString('latin1');

/** The JSON of a record that was taken through decode and encode, beside what it was. */
async function reencoded(name: string, at = 0) {
  const item = items(name)[at];
  if (!item) throw new Error(`no item ${at} in ${name}`);
  writeFileSync(`${dir}/one.json`, JSON.stringify(item));
  const decoded = await run(`decode ${dir}/one.json`);
  expect(decoded.code).toBe(0);
  writeFileSync(`${dir}/document.yaml`, decoded.out);
  const encoded = await run(`encode ${dir}/document.yaml -o json`);
  expect(encoded.code).toBe(0);
  const json = async (payload: string) => {
    const { gunzipSync } = await import('node:zlib');
    return gunzipSync(Buffer.from(payload, 'base64')).toString('utf8');
  };
  const back = JSON.parse(encoded.out) as Secret;
  return {
    key: back.metadata.name,
    before: await json(payloadOf(item)),
    after: await json(payloadOf(back)),
  };
}

describe('manifest-octal', () => {
  const storage = `--storage dir:${file('manifest-octal')}`;

  it('is read by the YAML of Go', async () => {
    const { out, code } = await run(`diff octal 1 2 ${storage}`);
    expect({ code, out }).toEqual({ code: 0, out: 'octal (shop): revisions 1 and 2 are equal\n' });
    const manifest = JSON.parse((await run(`get manifest octal -o json ${storage}`)).out);
    expect(manifest.items[0].spec).toMatchObject({
      ...{ enableServiceLinks: false, containers: [{ stdin: true }] },
      volumes: [{ secret: { defaultMode: 256 } }],
    });
  });
});

describe('big-integers', () => {
  const storage = `--storage dir:${file('big-integers')}`;

  it('keep their digits, and are rounded only where helm rounds them', async () => {
    const { after } = await reencoded('big-integers');
    expect(after).toContain('1234567890123456790');
    expect(after).toContain('9007199254740993');
    expect((await run(`diff ids 1 2 ${storage}`)).out).toContain(
      'big  9007199254740993 → 9007199254740992',
    );
    const { out } = await run(`get values ids --compat helm4 ${storage}`);
    expect(out).toBe(
      'USER-SUPPLIED VALUES:\nbig: 9007199254740992\nid: 1234567890123456800\nratio: 1.5\n',
    );
    const renamed = `relocate ids --from dir:${file('big-integers')} --to dir:${dir}/to --to-name other --keep-source --yes`;
    expect((await run(renamed)).code).toBe(0);
    const [moved = ''] = readdirSync(`${dir}/to`, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.includes('other.v1'),
    );
    const decoded = await run(`decode ${dir}/to/${moved}`);
    expect(decoded.out).toContain('1234567890123456790');
  });
});

describe('label-version', () => {
  it('is a record of its release, moved and backed up with a note', async () => {
    const from = file('label-version');
    const backup = await run(`backup ${dir}/all.zip --all --storage dir:${from}`);
    expect(backup.code).toBe(0);
    expect((await run(`list -A -q --storage file:${dir}/all.zip`)).out).toBe('label\n');
    const moved = await run(
      `relocate --all --from dir:${from} --to dir:${dir}/to --keep-source --yes -o json`,
    );
    expect(moved.code).toBe(0);
    expect(moved.out).toContain('its version label says 7, and it is revision 1');
    expect((await run(`history label --storage dir:${dir}/to -o json`)).out).toContain(
      '"revision":1',
    );
  });
});

describe('content-revision', () => {
  const storage = `--storage dir:${file('content-revision')}`;

  it('is the revision that its content says, as both helms show it', async () => {
    for (const compat of ['', ' --compat helm3', ' --compat helm4']) {
      const list = JSON.parse((await run(`list -n shop -o json ${storage}${compat}`)).out);
      expect(list).toMatchObject([{ name: 'content', revision: '6' }]);
      const history = JSON.parse((await run(`history content -o json ${storage}${compat}`)).out);
      expect(history.map(({ revision }: { revision: number }) => revision)).toEqual([1, 6]);
    }
    const says = 'its key says revision 2, its content 6';
    expect((await run(`verify dir:${file('content-revision')}`)).err).toContain(says);
    expect((await run(`list -A -o wide ${storage}`)).out).toContain(says);
    const { key, before, after } = await reencoded('content-revision', 1);
    expect({ key, release: JSON.parse(after) }).toEqual({
      ...{ key: 'sh.helm.release.v1.content.v2', release: JSON.parse(before) },
    });
  });
});

it('plain-text is unreadable, and nothing is said of Helm 2', async () => {
  const { out, err } = await run(`list -A --storage dir:${file('plain-text')}`);
  expect(out).toMatch(/^text {2}.*unreadable/m);
  expect(err).toContain('it is neither Helm 2 protobuf nor Helm 3 JSON');
  const decoded = await run(`decode ${file('plain-text')}`);
  expect(decoded.out).toContain('left: |\n  helm-test\n');
});

describe.each(['helm3', 'helm4'])('status --compat %s', (helm) => {
  const status = (name: string, at: string) =>
    run(`status ${name} --compat ${helm} --show-resources=false -n shop --storage dir:${file(at)}`);

  it('of dry-run-record prints hooks and manifest', async () => {
    const { out } = await status('dry', 'dry-run-record');
    expect(out).toContain('HOOKS:\n---\n# Source: web/templates/h.yaml\nkind: Pod\n\nMANIFEST:\n');
  });

  it("of unfinished-test prints Go's zero time", async () => {
    const { out } = await status('tested', 'unfinished-test');
    expect(out).toContain('Last Completed: Mon Jan  1 00:00:00 0001\n');
  });
});

it('other-namespace is found where it lies, and a copy names both namespaces', async () => {
  const from = file('other-namespace');
  const { out } = await run(`copy front --from dir:${from} --to dir:${dir}/to --dry-run -o json`);
  expect(out).toContain('its record lies in namespace educ, and its content says contour');
});

it('label-status is deployed by its label, as for helm upgrade, and named', async () => {
  const storage = `--storage dir:${file('label-status')}`;
  const { code, out, err } = await run(`get metadata sev --revision @deployed -o json ${storage}`);
  expect({ code, revision: JSON.parse(out).revision }).toEqual({ code: 0, revision: 2 });
  expect(err).toContain('its status label says deployed, its content failed');
  const from = file('label-status');
  const copied = await run(
    `copy sev --from dir:${from} --to dir:${dir}/to --revisions deployed --yes`,
  );
  expect(copied.code).toBe(0);
  const { out: history } = await run(`history sev --storage dir:${dir}/to -o json`);
  expect(JSON.parse(history)).toMatchObject([{ revision: 2 }]);
});

it('config-empty-object comes back as it was', async () => {
  const { before, after } = await reencoded('config-empty-object');
  expect(before).toContain('"config": {}');
  expect(JSON.parse(after)).toEqual(JSON.parse(before));
});

it("helm2-labels go with the release as Helm 3's own", async () => {
  const line = `migrate2to3 billing --from dir:${file('helm2-labels')} --to dir:${dir}/to --yes`;
  expect((await run(line)).code).toBe(0);
  const { out } = await run(`get metadata billing --storage dir:${dir}/to -o json`);
  expect(JSON.parse(out).labels).toMatchObject({ TEAM: 'pay', CONTEXT: 'poc' });
});

it('release-v2-configmap is refused by name, and never moved as v1', async () => {
  const { err } = await run(`list -A --storage dir:${file('release-v2-configmap')}`);
  expect(err).toContain('its format, helm.sh/release.v2, is newer than this program');
  const line = `migrate2to3 --all --from dir:${file('release-v2-configmap')} --to dir:${dir}/to --yes`;
  await run(line);
  const renamed = `relocate future --from dir:${file('release-v2-configmap')} --to dir:${dir}/to --to-name x --keep-source --yes`;
  expect((await run(renamed)).code).not.toBe(0);
});
