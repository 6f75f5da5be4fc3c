/** Merging Helm 2's list of repositories into Helm 3's, without a file system. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type MergeInput, mergeRepositories } from '../../src/migrate/config/repositories.ts';

const moment = '2026-11-20T18:04:11.000Z';
const secret = 'hunter2';

/** As Helm 2 writes an entry. */
function entry(name: string, url: string, more: { readonly [key: string]: string } = {}): string {
  const members = {
    caFile: '""',
    cache: `${name}-index.yaml`,
    certFile: '""',
    keyFile: '""',
    name,
  };
  return Object.entries({ ...members, password: '""', url, username: '""', ...more })
    .map(([key, value], i) => `${i === 0 ? '- ' : '  '}${key}: ${value}\n`)
    .join('');
}

const file = (...entries: readonly string[]) =>
  `apiVersion: v1\ngenerated: "2019-08-02T11:33:20+02:00"\nrepositories:\n${entries.join('')}`;

const merge = (source: string, target?: string, more: Partial<MergeInput> = {}) =>
  mergeRepositories({
    source,
    target,
    updateUrls: false,
    moment,
    certificate: async () => undefined,
    ...more,
  });

const verdicts = async (...args: Parameters<typeof merge>) =>
  (await merge(...args)).items.map(({ name, verdict }) => `${name}: ${verdict}`);

describe('a new file', () => {
  it('has the entries as they were, without what only Helm 2 has', async () => {
    const { items, after = '' } = await merge(
      file(
        entry('stable', 'https://charts.helm.sh/stable'),
        entry('local', 'http://127.0.0.1:8879/charts'),
        entry('own', 'https://charts.example.com', { password: secret, future: '{a: [1]}' }),
      ),
    );
    expect(items.map(({ name, verdict, step }) => [name, verdict, step?.do])).toEqual([
      ['stable', 'ready', 'add'],
      ['local', 'left out', undefined],
      ['own', 'ready', 'add'],
    ]);
    expect(after).toBe(
      `apiVersion: v1\ngenerated: "${moment}"\nrepositories:\n${[
        ...entry('stable', 'https://charts.helm.sh/stable').split('\n'),
        ...entry('own', 'https://charts.example.com', { password: secret }).split('\n'),
      ]
        .filter((line) => line !== '' && !line.includes('cache:'))
        .join('\n')}\n  future:\n    a:\n    - 1\n`,
    );
    expect(JSON.stringify(items)).not.toContain(secret);
  });

  it('keeps every scalar as it was written: Go reads its own way', async () => {
    const written = entry('odd', 'https://x', {
      password: '0123',
      username: '"1e3"',
      x: '!!str on',
    });
    const { after = '' } = await merge(file(written));
    expect(after).toContain('  password: 0123\n');
    expect(after).toContain('  username: "1e3"\n');
  });

  it('has no anchors of a file that it was not part of', async () => {
    const source = `apiVersion: v1\nrepositories:\n- &a {name: a, url: &u https://a}\n- {name: b, url: *u}\n`;
    const { after = '' } = await merge(source);
    expect(after).not.toMatch(/[&*]/);
    expect(parse(after).repositories).toEqual([
      { name: 'a', url: 'https://a' },
      { name: 'b', url: 'https://a' },
    ]);
  });

  it("carries members of the file's top that it doesn't know", async () => {
    const { after = '' } = await merge(`${file(entry('a', 'https://a'))}future:\n  x: "1"\n`);
    expect(parse(after).future).toEqual({ x: '1' });
  });
});

describe('a file that is there', () => {
  const target = `# mine\napiVersion: ""\ngenerated: "0001-01-01T00:00:00Z"\nrepositories:\n${entry('a', 'https://a')}- null\n- name: 7\n`;

  it('keeps what it has, with comments and items that nobody can read', async () => {
    const { after = '', changes } = await merge(file(entry('b', 'https://b')), target);
    expect(changes).toBe(false);
    expect(after).toBe(
      `${target}${entry('b', 'https://b')
        .split('\n')
        .filter((line) => !line.includes('cache:'))
        .join('\n')}`,
    );
  });

  it.each([
    ['equal', entry('a', 'https://a')],
    ['equal but for empty members', '- name: a\n  url: https://a/\n'],
  ])('is left alone when an entry is %s', async (_, written) => {
    const { items, after } = await merge(file(written), target);
    expect(items).toMatchObject([{ name: 'a', verdict: 'done' }]);
    expect(after).toBeUndefined();
  });

  it.each([
    ['another address', entry('a', 'https://other'), 'url'],
    [
      'other credentials',
      entry('a', 'https://a', { username: 'eve', password: secret }),
      'username, password',
    ],
  ])('needs a decision about %s', async (_, written, differing) => {
    const { items, after } = await merge(file(written, entry('b', 'https://b')), target);
    expect(items.map(({ verdict }) => verdict)).toEqual(['needs a decision', 'ready']);
    expect(items[0]?.why.split(' differs in ')[1]?.split(', ').sort()).toEqual(
      differing.split(', ').sort(),
    );
    expect(parse(after ?? '').repositories[0].url).toBe('https://a');
    expect(JSON.stringify(items)).not.toContain(secret);
  });

  it('does what was decided', async () => {
    const source = file(entry('a', 'https://other'));
    const kept = await merge(source, target, { onConflict: 'keep' });
    expect(kept).toMatchObject({ items: [{ verdict: 'left out' }], changes: false });
    expect(kept.after).toBeUndefined();
    const replaced = await merge(source, target, { onConflict: 'replace' });
    expect(replaced).toMatchObject({ items: [{ verdict: 'ready' }], changes: true });
    expect(parse(replaced.after ?? '').repositories.map((item: unknown) => item)).toMatchObject([
      { name: 'a', url: 'https://other' },
      null,
      { name: 7 },
    ]);
  });

  it.each([
    'repositories: []\napiVersion: v1\n',
    'repositories:\napiVersion: v1\n',
    '',
    '# empty\n',
    '{"apiVersion":"v1","repositories":[]}',
  ])('may be empty: %j', async (empty) => {
    const { after = '' } = await merge(file(entry('b', 'https://b')), empty);
    expect(parse(after)).toMatchObject({
      apiVersion: 'v1',
      repositories: [{ name: 'b', url: 'https://b' }],
    });
  });

  it('is never written to when an alias would lose what it stands for', async () => {
    const there =
      'apiVersion: v1\nrepositories:\n- {name: a, url: &u https://a}\n- {name: c, url: *u}\n';
    const { items, after } = await merge(file(entry('a', 'https://b')), there, {
      onConflict: 'replace',
    });
    expect(items).toMatchObject([{ kind: 'file', verdict: 'unreadable' }]);
    expect(after).toBeUndefined();
  });

  it('is never written to when it cannot be read', async () => {
    const { items, after } = await merge(file(entry('b', 'https://b')), 'repositories: [');
    expect(items).toMatchObject([
      {
        kind: 'file',
        verdict: 'unreadable',
        why: "the file of Helm 3 can't be read: it is not YAML (line 1)",
      },
    ]);
    expect(after).toBeUndefined();
  });
});

describe('addresses', () => {
  const [old, now] = [
    'https://kubernetes-charts.storage.googleapis.com',
    'https://charts.helm.sh/stable',
  ];
  it('that are gone are carried with a note, or updated', async () => {
    const source = file(
      entry('stable', old),
      entry('incubator', 'https://kubernetes-charts-incubator.storage.googleapis.com/'),
    );
    const plain = await merge(source);
    expect(plain.items.map(({ notes }) => notes)).toEqual([
      [`its address no longer exists: --update-urls makes it ${now}`],
      ['its address no longer exists: --update-urls makes it https://charts.helm.sh/incubator'],
    ]);
    const updated = await merge(source, undefined, { updateUrls: true });
    expect(parse(updated.after ?? '').repositories).toMatchObject([
      { url: now },
      { url: 'https://charts.helm.sh/incubator' },
    ]);
  });

  it('old and new are the same repository', async () => {
    expect(await verdicts(file(entry('stable', old)), file(entry('stable', now)))).toEqual([
      'stable: done',
    ]);
    expect(await verdicts(file(entry('stable', now)), file(entry('stable', old)))).toEqual([
      'stable: done',
    ]);
    const updated = await merge(file(entry('stable', old)), file(entry('stable', old)), {
      updateUrls: true,
    });
    expect(parse(updated.after ?? '').repositories).toMatchObject([{ url: now }]);
    const again = await merge(file(entry('stable', old)), updated.after, { updateUrls: true });
    expect(again).toMatchObject({ items: [{ verdict: 'done' }], changes: false });
  });

  it('are shown without what may be secret', async () => {
    const url = `https://eve:${secret}@charts.example.com/x?token=${secret}#${secret}`;
    const { items } = await merge(file(entry('own', url)));
    expect(items[0]?.why).toBe('https://…@charts.example.com/x?…');
  });

  it("of helm serve are left out, whatever they are called, and no other of this machine's", async () => {
    const source = file(
      entry('serve', 'http://localhost:8879'),
      entry('local', 'http://127.0.0.1:9000/charts'),
      entry('museum', 'http://localhost:8080'),
    );
    expect(await verdicts(source)).toEqual(['serve: left out', 'local: left out', 'museum: ready']);
  });
});

describe('certificates', () => {
  const source = file(
    entry('own', 'https://x', { caFile: '/old/ca.pem', keyFile: '/old/key.pem' }),
  );
  const step = (name: string) =>
    ({ do: 'copy', from: `/old/${name}`, to: `/new/${name}`, digest: '0' }) as const;

  it('are copied once, and named where they went', async () => {
    const { after = '', certificates } = await merge(source, undefined, {
      certificate: async () => ({ to: '/new/ca.pem', step: step('ca.pem') }),
    });
    expect(certificates).toEqual([step('ca.pem')]);
    expect(parse(after).repositories).toMatchObject([
      { caFile: '/new/ca.pem', keyFile: '/new/ca.pem' },
    ]);
    const again = await merge(source, after, { certificate: async () => ({ to: '/new/ca.pem' }) });
    expect(again.items).toMatchObject([{ verdict: 'done' }]);
  });

  it('that would overwrite another file need a decision', async () => {
    const certificate = async () => ({ to: '/new/ca.pem', conflict: true }) as const;
    expect(await verdicts(source, undefined, { certificate })).toEqual(['own: needs a decision']);
  });

  it('that cannot be copied are carried as they were, with a note', async () => {
    const { items, after } = await merge(source, undefined, {
      certificate: async () => "is in Helm 2's home, but not there",
    });
    expect(items[0]?.notes).toContain("its caFile is in Helm 2's home, but not there");
    expect(after).toContain('caFile: /old/ca.pem');
  });
});

describe('a hostile list', () => {
  it('hides no neighbour', async () => {
    const source = `apiVersion: v1\nrepositories:\n- null\n- text\n- {url: https://x}\n- {name: nourl}\n- {name: [a], url: x}\n- {<<: {name: m}, name: m, url: x}\n- {name: ../../x, url: https://x}\n${entry('twice', 'https://a')}${entry('twice', 'https://b')}${entry('good', 'https://good')}`;
    expect(await verdicts(source)).toEqual([
      'entry 1: unreadable',
      'entry 2: unreadable',
      'entry 3: unreadable',
      'nourl: unreadable',
      'entry 5: unreadable',
      'm: unreadable',
      '../../x: unreadable',
      'twice: ready',
      'twice: left out',
      'good: ready',
    ]);
  });

  it.each([
    ['not YAML', `a: [${secret}`, 'it is not YAML (line 1)'],
    ['twice the same key', `apiVersion: v1\napiVersion: ${secret}\n`, 'it is not YAML (line 2)'],
    ['a list', `- ${secret}\n`, 'it is not a list of repositories'],
    [
      'older than 2.0',
      `stable: https://${secret}\n`,
      'a Helm older than 2.0 wrote it, or something else',
    ],
    ['no list', 'apiVersion: v1\nrepositories: {}\n', 'its "repositories" is no list'],
    [
      'too deep',
      `apiVersion: v1\nx: ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      'it is not YAML (line 2)',
    ],
  ])('that is %s is one row, and quotes nothing', async (_, text, why) => {
    expect((await merge(text)).items).toEqual([
      {
        kind: 'file',
        name: 'repositories.yaml',
        verdict: 'unreadable',
        why: `the file of Helm 2 can't be read: ${why}`,
        notes: [],
      },
    ]);
  });

  it('of aliases upon aliases ends soon', async () => {
    const levels = Array.from({ length: 30 }, (_, i) => `x${i}: &x${i} [*x${i - 1}, *x${i - 1}]\n`);
    const source = `x: &x-1 [a]\n${levels.join('')}apiVersion: v1\nrepositories:\n- {name: a, url: b, x: *x29}\n${entry('good', 'https://good')}`;
    expect(await verdicts(source)).toEqual(['a: unreadable', 'good: ready']);
  });
});
