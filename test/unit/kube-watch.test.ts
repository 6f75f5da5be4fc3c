/** A watch on a server of the test's own, which ends, breaks and forgets as it is told. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { openKube } from '../../src/kube/kube.ts';
import { type WatchEvent, type WatchOptions, watchMetadata } from '../../src/kube/watch.ts';

type Answer = (response: ServerResponse, url: URL) => void;

const object = (name: string, version: string) => ({
  metadata: { name, namespace: 'pay', resourceVersion: version },
});
const event = (type: string, name: string, version: string) =>
  `${JSON.stringify({ type, object: object(name, version) })}\n`;
const bookmark = (resourceVersion: string) =>
  `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } })}\n`;
const error = (code: number) =>
  `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code } })}\n`;
const list =
  (version: string, ...names: string[]): Answer =>
  (response) =>
    response.end(
      JSON.stringify({
        kind: 'PartialObjectMetadataList',
        metadata: { resourceVersion: version },
        items: names.map((name) => object(name, version)),
      }),
    );
const refuse =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end('{"kind":"Status"}');
/** Sends these, and then ends the answer, leaves it open, or cuts the connection. */
const send =
  (text: string, then: 'end' | 'open' | 'cut' = 'end'): Answer =>
  (response) => {
    response.write(text);
    if (then === 'end') response.end();
    if (then === 'cut') setTimeout(() => response.destroy(), 20);
  };

/** Each request gets the next answer; the last one stays. */
async function watched(answers: Answer[], options: WatchOptions = {}) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const { searchParams: query } = url;
    const marks = query.get('allowWatchBookmarks') === 'true' ? '' : ' without bookmarks';
    asked.push(query.has('watch') ? `watch ${query.get('resourceVersion')}${marks}` : 'list');
    (answers.length > 1 ? answers.shift() : answers[0])?.(response, url);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const kube = openKube({ server: `http://127.0.0.1:${port}`, kubeconfig: '/dev/null' }, {});
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
    kube.close();
    server.closeAllConnections();
    server.close();
  });
  const at = { apiVersion: 'v1', resource: 'secrets', namespace: 'pay' };
  const events = watchMetadata(kube.api, at, { ...options, signal: stop.signal });
  return { asked, stop, events, kube };
}

function words(told: WatchEvent): string {
  if (told.is === 'listed') return `listed ${told.objects.map(({ metadata }) => metadata.name)}`;
  return 'object' in told ? `${told.is} ${told.object.metadata.name}` : told.is;
}

async function take(events: AsyncIterable<WatchEvent>, count: number): Promise<string[]> {
  const told: string[] = [];
  for await (const one of events) if (told.push(words(one)) === count) break;
  return told;
}

it('lists, tells of changes, and goes on where the last connection ended', async () => {
  const { events, asked } = await watched([
    list('5', 'a', 'b'),
    send(event('ADDED', 'c', '6') + event('MODIFIED', 'a', '7') + event('DELETED', 'b', '8')),
    send(bookmark('20') + event('ADDED', 'half', '21').slice(0, 20), 'cut'),
    send(event('ADDED', 'd', '22')),
    send('', 'open'),
  ]);
  expect(await take(events, 5)).toEqual([
    ...['listed a,b', 'changed c', 'changed a', 'removed b', 'changed d'],
  ]);
  expect(asked).toEqual(['list', 'watch 5', 'watch 8', 'watch 20']);
});

it('lists again where the server has forgotten the place, in either way of saying so', async () => {
  const { events, asked } = await watched([
    list('5', 'a'),
    send(event('ADDED', 'b', '6') + error(410)),
    list('9', 'a', 'c'),
    refuse(410),
    list('11', 'd'),
    send(event('ADDED', 'e', '12'), 'open'),
  ]);
  expect(await take(events, 5)).toEqual([
    ...['listed a', 'changed b', 'listed a,c', 'listed d', 'changed e'],
  ]);
  expect(asked).toEqual(['list', 'watch 5', 'list', 'watch 9', 'list', 'watch 11']);
});

it('says when the server is away, and lists anew when it is back', async () => {
  const gone: Answer = (response) => void response.destroy();
  const { events, asked } = await watched([
    list('5', 'a'),
    send(event('ADDED', 'b', '6'), 'cut'),
    // Each try is five requests.
    ...Array.from({ length: 5 }, () => gone),
    list('3', 'restored'),
    send(event('ADDED', 'c', '4'), 'open'),
  ]);
  expect(await take(events, 6)).toEqual([
    ...['listed a', 'changed b', 'lost', 'back', 'listed restored', 'changed c'],
  ]);
  expect(asked.slice(-2)).toEqual(['list', 'watch 3']);
}, 30_000);

it('takes silence for a dead connection', async () => {
  const { events, asked } = await watched(
    [list('5'), send(event('ADDED', 'a', '6'), 'open'), send(event('ADDED', 'b', '7'), 'open')],
    { silenceMs: 100 },
  );
  expect(await take(events, 3)).toEqual(['listed ', 'changed a', 'changed b']);
  expect(asked).toEqual(['list', 'watch 5', 'watch 6']);
});

it.each([
  ['a page', send('<html>SECRET</html>\n'), 'is not a watch'],
  ['an event without an object', send('{"type":"ADDED"}\n'), 'is not a watch'],
  ['null', send('null\n'), 'is not a watch'],
  ['a line without an end', send('{"type":"'.padEnd(3000, 'x'), 'open'), 'is larger than'],
])('ends with an error for %s', async (_, answer, says) => {
  const { events, asked } = await watched([list('5', 'a'), answer], { maxEventBytes: 2000 });
  const ended = take(events, 9);
  await expect(ended).rejects.toMatchObject({ code: 'API', message: expect.stringMatching(says) });
  await expect(ended).rejects.not.toMatchObject({ message: expect.stringMatching('SECRET') });
  expect(asked).toEqual(['list', 'watch 5']);
});

it('ends at once where it may not begin, and after a few refusals where it may no longer', async () => {
  const never = await watched([list('5', 'a'), refuse(403)]);
  await expect(take(never.events, 9)).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: 'no permission to watch secrets in namespace pay',
  });
  expect(never.asked).toEqual(['list', 'watch 5']);
  const later = await watched([list('5', 'a'), send(event('ADDED', 'b', '6')), refuse(401)]);
  await expect(take(later.events, 9)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(later.asked).toEqual(['list', 'watch 5', ...Array.from({ length: 5 }, () => 'watch 6')]);
}, 30_000);

it('waits longer and longer for a server that cuts every connection', async () => {
  const { events, asked, stop } = await watched([list('5', 'a'), send('')]);
  const taken = take(events, 9);
  await new Promise((done) => setTimeout(done, 1000));
  stop.abort();
  expect(await taken).toContain('lost');
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.length).toBeLessThan(20);
});

it.each([
  ['ends each watch after one event', ''],
  ['forgets the place after each event', error(410)],
])('asks no faster and faster a server that %s', async (_, end) => {
  let version = 5;
  const answer: Answer = (response, url) => {
    version += 1;
    const isWatch = url.searchParams.has('watch');
    (isWatch ? send(event('MODIFIED', 'a', `${version}`) + end) : list(`${version}`, 'a'))(
      response,
      url,
    );
  };
  const { events, asked, stop } = await watched([answer]);
  setTimeout(() => stop.abort(), 1500);
  for await (const _told of events);
  expect(asked.length).toBeGreaterThan(4);
  expect(asked.length).toBeLessThan(30);
});

it('keeps no request waiting, however many are watched', async () => {
  const either: Answer = (response, url) =>
    (url.searchParams.has('watch') ? send(event('ADDED', 'b', '6'), 'open') : list('5', 'a'))(
      response,
      url,
    );
  const { kube, stop } = await watched([either]);
  const at = { apiVersion: 'v1', resource: 'secrets' };
  const all = Array.from({ length: 30 }, () =>
    watchMetadata(kube.api, at, { signal: AbortSignal.any([stop.signal]) }),
  );
  for (const one of all)
    expect([await next(one), await next(one)]).toEqual(['listed a', 'changed b']);
  expect(await kube.api.call({ ...at, verb: 'list' })).toMatchObject({ items: [{}] });
});

async function next(events: AsyncIterator<WatchEvent>): Promise<string> {
  const { value } = await events.next();
  return words(value);
}
