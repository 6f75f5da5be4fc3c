import { describe, expect, it } from 'vitest';
import {
  objectsOf,
  objectTitle,
  readManifest,
  releaseObjects,
} from '../../src/inspect/manifest.ts';
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
    const document = `${service}data:\n  a: |\n${'    x\n'.repeat(60_000)}---\n`;
    const { objects, unreadable } = readManifest(document.repeat(6));
    expect(objects).toHaveLength(4);
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

  it('names objects in a way that is safe to print', () => {
    const [object] = objectsOf('apiVersion: v1\nkind: A\nmetadata: {name: "x\\e[31m"}');
    expect(object && objectTitle(object)).toBe('A x\\u001b[31m');
  });

  it('has the objects of hooks apart', () => {
    const release = sketchRelease({});
    const hooks = release.hooks.map((hook) => ({ ...hook, manifest: service }));
    const read = releaseObjects({ ...release, manifest: service, hooks });
    expect([read.objects.length, read.hooks.objects.length]).toEqual([1, 1]);
  });
});
