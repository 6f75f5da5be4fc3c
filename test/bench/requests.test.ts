/** The bench's reading of an audit log: what was asked for and when, cut into phases. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { phasesOf, phaseTable, requestsOf } from './requests.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubectl-releases-phases-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Milliseconds of one second, with a part of one as the log has it. */
function at(ms: number): string {
  return `2021-03-04T05:06:07.${String(Math.round(ms * 1000)).padStart(6, '0')}Z`;
}

function line(username: string, verb: string, resource: string | undefined, from: number) {
  return JSON.stringify({
    ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', stage: 'ResponseComplete', verb },
    user: { username, groups: ['system:authenticated'] },
    ...(resource !== undefined && { objectRef: { resource, apiVersion: 'v1' } }),
    ...{ requestReceivedTimestamp: at(from), stageTimestamp: at(from + 0.5) },
  });
}

const asked = [
  ['list', 'configmaps', 100],
  ['list', 'configmaps', 150.25],
  ['get', 'namespaces', 200],
  ['list', 'secrets', 210],
  ['get', undefined, 220],
  ['create', 'selfsubjectaccessreviews', 390],
  ['list', 'configmaps', 400],
  ['create', 'secrets', 450],
  ['create', 'secrets', 460],
  ['list', 'secrets', 700],
  ['get', 'namespaces', 760],
  ['list', 'configmaps', 790],
] as const;

function log(): { readonly file: string; readonly mark: number } {
  const earlier = `${line('migrator', 'create', 'secrets', 1)}\n`;
  const lines = asked.map(([verb, resource, from]) => line('migrator', verb, resource, from));
  const others = line('somebody', 'create', 'secrets', 120);
  const file = join(folder, 'audit.log');
  writeFileSync(
    file,
    `${earlier}${[...lines.slice(0, 3), others, ...lines.slice(3)].join('\n')}\n`,
  );
  return { file, mark: earlier.length };
}

const second = Date.parse('2021-03-04T05:06:07Z');

test("one user's requests since a mark, to the microsecond", () => {
  const { file, mark } = log();
  const requests = requestsOf(file, mark, 'migrator');
  expect(requests.map(({ what }) => what)).toEqual(
    asked.map(([verb, resource]) => `${verb} ${resource ?? 'other'}`),
  );
  expect(requests[1]).toEqual({
    ...{ what: 'list configmaps', from: second + 150.25, to: second + 150.75 },
  });
});

test('phases begin where the first request of the next part comes, and leave nothing out', () => {
  const { file, mark } = log();
  const phases = phasesOf(requestsOf(file, mark, 'migrator'), second, second + 900);
  const ends = [100, 200, 400, 450, 790.5, 900];
  let before = 0;
  expect(phases.map(({ milliseconds }) => milliseconds)).toEqual(
    ends.map((end) => {
      const length = end - before;
      before = end;
      return length;
    }),
  );
});

test('the table counts each kind of request', () => {
  const { file, mark } = log();
  const table = phaseTable(requestsOf(file, mark, 'migrator'), second, second + 900);
  expect(table).toMatch(/^ {2}target is read, plan is made +0\.20 s$/m);
  expect(table).toMatch(/^ {2}create secrets +2 {3}0\.5 ms each in the server$/m);
});
