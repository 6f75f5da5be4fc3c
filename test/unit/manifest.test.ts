import { describe, expect, it } from 'vitest';
import { goJson } from '../../src/go/json/write.ts';
import {
  locateObjects,
  objectsOf,
  objectTitle,
  pairOf,
  readManifest,
  releaseObjects,
} from '../../src/objects/manifest.ts';
import { sketchRelease } from './cli-records.ts';

const service = '# Source: a/s.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n';
const reasons = (text: string) => readManifest(text).unreadable.map((one) => one.unreadable);

describe('a manifest', () => {
  it('is read document by document, with CRLF too', () => {
    const text = `\n---\n${service}---\n# nothing\n--- # more\n${service}  namespace: shop\n`;
    for (const manifest of [text, text.replaceAll('\n', '\r\n')])
      expect(objectsOf(manifest).map(objectTitle)).toEqual(['Service web', 'Service shop/web']);
  });

  it('has the objects of lists', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- 5\n`;
    const { objects, unreadable } = readManifest(list);
    expect(objects.map(objectTitle)).toEqual(['Pod a']);
    expect(unreadable).toEqual([
      { document: 1, unreadable: 'of an item in its list: it is not an object' },
    ]);
  });

  it('keeps the neighbours of what can not be read, and quotes nothing of it', () => {
    const text = `---\n# Source: x\nkey: "CANARY\n---\n${service}---\njust text\n`;
    const { objects, unreadable } = readManifest(text);
    expect(objects.map(objectTitle)).toEqual(['Service web']);
    expect(unreadable.map(({ document }) => document)).toEqual([1, 3]);
    expect(JSON.stringify(unreadable)).not.toContain('CANARY');
  });

  it('is refused where it is no object, nests or expands without end', () => {
    expect(reasons('kind: A\nmetadata: {name: a}')).toEqual(['it has no apiVersion']);
    expect(reasons('apiVersion: v1\nkind: A')).toEqual(['it has no name']);
    expect(reasons(`a: ${'['.repeat(100_000)}`)).toEqual(['it nests too deep']);
    expect(reasons(`a: ${'- '.repeat(5000)}x`)).not.toEqual([]);
    expect(reasons('a: *nowhere')).toHaveLength(1);
    expect(reasons(`a: ${'x'.repeat(2_000_000)}`)).toEqual(['it is too long']);
  });

  it('is refused before it is parsed where it has more values than any object', () => {
    const head = 'apiVersion: v1\nkind: A\nmetadata: {name: a}\nd:\n';
    const many = [`${head}${'  a: 1\n'.repeat(100_001)}`, `${head}  [${'1,'.repeat(100_001)}]\n`];
    for (const text of many) expect(reasons(text)).toEqual(['it has too many values']);
    const { objects, unreadable } = readManifest(many.concat(service).join('---\n'));
    expect(objects.map(objectTitle)).toEqual(['Service web']);
    expect(unreadable).toHaveLength(2);
  });

  it('is read as far as it has as many values as a release may have', () => {
    const document = `${service}data:\n${'- x\n'.repeat(70_000)}---\n`;
    const { objects, unreadable } = readManifest(document.repeat(6));
    expect(objects).toHaveLength(4);
    // The lines of a text are no values.
    expect(objectsOf(`${service}data: |\n${' x\n'.repeat(310_000)}`)).toHaveLength(1);
    expect(unreadable).toEqual([
      { document: 5, unreadable: 'there are too many values before it' },
    ]);
  });

  it('takes the last of two equal keys and merges, as Go does', () => {
    const text = `${service}  name: last\nspec: &a {x: 1}\nmore:\n  <<: *a\n`;
    const [object] = objectsOf(text);
    expect(object?.name).toBe('last');
    expect(object?.fields['more']).toEqual({ x: 1 });
  });

  it('has the numbers and the booleans that Kubernetes reads', () => {
    const text = `${service}spec:\n  mode: 0400\n  stdin: yes\n  links: no\n  1_0: 0b101\n  id: 9007199254740993\n`;
    expect(goJson(objectsOf(text)[0]?.fields['spec'] ?? null)).toBe(
      '{"10":5,"id":9007199254740993,"links":false,"mode":256,"stdin":true}',
    );
  });

  it('has the objects of typed lists, and of whatever has items', () => {
    const items =
      'items:\n- {metadata: {name: a}}\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n';
    for (const kind of ['SecretList', 'Secret']) {
      const objects = objectsOf(`apiVersion: v1\nkind: ${kind}\n${items}`);
      expect(objects.map(objectTitle)).toEqual(['Secret a', 'Pod b']);
      expect(objects[0]?.fields['kind']).toBe('Secret');
    }
  });

  it('names objects in a way that is safe to print', () => {
    const [object] = objectsOf('apiVersion: v1\nkind: A\nmetadata: {name: "x\\e[31m"}');
    expect(object && objectTitle(object)).toBe('A x\\u001b[31m');
  });

  it.each([
    ['\n', ''],
    ['\r\n', ''],
    ['\n', '\ufeff'],
  ])('says where documents, keys and values stand: %j, %j', (newline, mark) => {
    const text = `${mark}---\n# Source: a/s.yaml\napiVersion: "v1" # c\nkind: 'A'\nmetadata:\n  name: &n a\nd: |\n  x\n\n---\n# é😀\napiVersion: v1\nkind: List\nitems:\n- {"apiVersion": apps/v1, kind: B, metadata: {name: b}}\n---\n<<: {apiVersion: v1}\nkind: C\nmetadata: {name: c}\nkind: D\n`;
    const manifest = text.replaceAll('\n', newline);
    const located = locateObjects(manifest);
    expect(located.map(({ object }) => object)).toEqual(readManifest(manifest).objects);
    const shown = located.map(({ document, node, rangeOf }) => {
      const cut = (range: { start: number; end: number } | undefined) =>
        range && manifest.slice(rangeOf(range).start, rangeOf(range).end);
      const pair = (key: string) => (node ? pairOf(node, key) : undefined);
      return {
        document: manifest.slice(document.start, document.end).replaceAll(newline, '\n'),
        version: pair('apiVersion')?.map(cut),
        kind: cut(pair('kind')?.[1]),
        style: pair('apiVersion')?.map((each) => each.kind === 'scalar' && each.style),
        d: cut(pair('d')?.[1])?.replaceAll(newline, '\n'),
        whole: cut(node)?.replaceAll(newline, '\n'),
      };
    });
    const documents = text.split(/(?<=\n)---\n/);
    expect(shown).toEqual([
      {
        document: documents[0],
        ...{ version: ['apiVersion', '"v1"'], kind: "'A'", style: ['plain', 'double-quoted'] },
        d: '|\n  x',
        whole: text.slice(text.indexOf('apiVersion'), text.indexOf('\n\n---')),
      },
      {
        document: documents[1],
        ...{ version: ['"apiVersion"', 'apps/v1'], kind: 'B', style: ['double-quoted', 'plain'] },
        whole: '{"apiVersion": apps/v1, kind: B, metadata: {name: b}}',
      },
      {
        document: documents[2],
        kind: 'D',
        whole: text.slice(text.indexOf('<<'), -1),
      },
    ]);
  });

  it('has no places for JSON that is no YAML, and the same objects', () => {
    const json = '{"apiVersion":"v1","kind":"A","metadata":{"name":"a","note":"\\ud83d\\ude00"}}';
    expect(locateObjects(json).map(({ object, node }) => [objectTitle(object), node])).toEqual([
      ['A a', undefined],
    ]);
    const [located] = locateObjects(`${json.replace(/,"note.*"/, '')}`);
    expect(located?.node?.pairs).toHaveLength(3);
  });

  it('has the objects of hooks apart', () => {
    const release = sketchRelease({});
    const hooks = release.hooks.map((hook) => ({ ...hook, manifest: service }));
    const read = releaseObjects({ ...release, manifest: service, hooks });
    expect([read.objects.length, read.hooks.objects.length]).toEqual([1, 1]);
  });
});
