/**
 * `rbac` on a real API server: with the Role it prints, applied by the real kubectl, each command works;
 * with any verb of it taken away, the command is refused before it writes, and names the verb.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodePayload } from '../../src/codecs/index.ts';
import { asks } from '../../src/commands/rbac/asks.ts';
import { needsOf } from '../../src/commands/rbac/commandNeeds.ts';
import { type Need, resourceWord } from '../../src/kube/access.ts';
import { drawn } from '../cluster/drawn.ts';
import { useCluster } from '../cluster/shared.ts';
import { runCli } from '../unit/cli-io.ts';
import { sketchRecord, sketchRelease } from '../unit/cli-records.ts';
import { put } from './kubectl-program.ts';
import { app, cases, newPath, type World, world } from './rbacCases.ts';
import { as, grant, grants, newUser, settled, uses } from './rbacUsers.ts';

const cluster = useCluster();

/** What Tiller didn't use isn't in the Role: a note says so, with flags for it. */
/** The sketches' manifests hold what is no object. */
const unreadNote = /^note: document 1 of the manifest can't be read: .*\n/;
// Of what other tests keep in this cluster.
const severalNote = /^note: \d+ releases? (?:is|are) in more than one place; .*\n/m;
const skippedNote = /^note: no permission to look into .*; (.*)\n/;

describe.each(cases)('$title', (one) => {
  const { role, command, shows, prepare, spare = [], lacking = 4, meanwhile } = one;
  const run = (user: { readonly kubeconfig: string }, here: World) =>
    as(
      user.kubeconfig,
      command(here),
      meanwhile && { happens: () => meanwhile(here), shows: shows(here) },
    );
  const { shownWithout, writesWithout } = one;
  it('works with the printed Role, and makes use of all of it', async () => {
    const here = await world();
    await prepare?.(here);
    const user = newUser();
    await grant(role(here), user.name);
    const all = await grants(role(here));
    await settled(user.kubeconfig, all, []);
    const { code, out, err, asked } = await run(user, here);
    const unused = all.filter((need) => !asked.some((entry) => uses(entry, need)));
    expect(unused.map((need) => `${need.verb} ${resourceWord(need)}`).sort()).toEqual(spare);
    const rest = [skippedNote, unreadNote, severalNote].reduce(
      (text, known) => text.replace(known, ''),
      err,
    );
    expect({ code, err: rest }, err).toEqual({
      code: meanwhile ? 130 : 0,
      err: '',
    });
    const advised = skippedNote.exec(err)?.[1]?.match(/--[\w-]+/g) ?? [];
    const [name = ''] = command(here);
    const help = await runCli([name, '--help']);
    for (const flag of advised) expect(help.out, name).toContain(` ${flag} `);
    expect(out).toContain(shows(here));
  });

  it('is refused without any one verb of it, which it names', async () => {
    const here = await world();
    await prepare?.(here);
    const all = await grants(role(here));
    expect(all.length).toBeGreaterThan(1);
    const isSpare = (need: Need) => `${need.verb} ${resourceWord(need)}` === shownWithout;
    // The whole suite takes every second one away. What goes on changes what the others would find.
    const [goingOn, others] = [all.filter(isSpare), all.filter((need) => !isSpare(need))];
    const lacked = others.map((need, at) => ({ need, at }));
    const some = drawn(
      one.title,
      lacked.map(({ at }) => at),
      2,
    );
    const drawnOthers = lacked.filter(({ at }) => some.includes(at)).map(({ need }) => need);
    for (const without of [...drawnOthers, ...goingOn]) {
      const user = newUser();
      await grant(role(here), user.name, without);
      await settled(user.kubeconfig, all, [without]);
      const { code, out, err, writes } = await run(user, here);
      const what = `${without.verb} ${resourceWord(without)}`;
      const goesOn = isSpare(without);
      expect({ code, wrote: writes.length > 0 }, `${what}: ${out} ${err}`).toEqual({
        code: goesOn ? 0 : lacking,
        wrote: goesOn && writesWithout === true,
      });
      // A request that was refused is named without its group.
      const named = `${without.verb} ${without.resource.replace(/s$/, 's?')}`;
      expect(out + err).toMatch(new RegExp(`no permission to ${named}`));
    }
  }, 300_000);
});

describe('a migration that lacks a permission', () => {
  it('says so in every kind of run, before it makes anything, with the line for the Role', async () => {
    const { pay, tiller } = await world();
    const role = ['migrate2to3', '-n', pay, '-t', tiller, '--adopt-resource', 'configmaps'];
    const user = newUser();
    const patch: Need = { verb: 'patch', resource: 'configmaps', namespace: pay };
    await grant(role, user.name, patch);
    await settled(user.kubeconfig, await grants(role), [patch]);
    const backup = newPath();
    const command = ['migrate2to3', `old-${pay}`, '-t', tiller];
    const flags = [['--dry-run'], ['--check'], [], ['--yes'], ['--dry-run', '-o', 'json']];
    for (const more of flags) {
      const { code, out, err, writes } = await as(user.kubeconfig, [...command, ...more]);
      expect({ code, writes }, `${more}: ${err}`).toEqual({ code: 4, writes: [] });
      expect(err).toContain(`no permission to patch configmaps in namespace ${pay}`);
      if (more.includes('json'))
        expect(JSON.parse(out)).toMatchObject({
          missingPermissions: [`patch configmaps in namespace ${pay}`],
          releases: [{ verdict: 'ready' }],
        });
    }
    const all = [...command, '--yes', '--delete-v2-releases', '--backup', backup];
    const { code, err } = await as(user.kubeconfig, all);
    expect(code).toBe(4);
    expect(existsSync(backup)).toBe(false);
    const [, line = ''] = /rbac (migrate2to3.*) {2}prints a Role for it/.exec(err) ?? [];
    await grant(line.split(' '), user.name);
    await settled(user.kubeconfig, await grants(line.split(' ')), []);
    const done = await as(user.kubeconfig, all);
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(existsSync(backup)).toBe(true);
  });
});

it('a migration that may see no live object names every kind it asks for', async () => {
  const { pay, tiller } = await world();
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'app' } };
  const manifest = `---\n${JSON.stringify(app)}\n---\n${JSON.stringify(service)}\n`;
  const sketch = { helm: 2, name: 'two', namespace: pay } as const;
  const payload = encodePayload('helm2', { ...sketchRelease(sketch), manifest });
  await put(cluster, { ...sketchRecord(sketch, { namespace: tiller }), payload });
  const role = ['migrate2to3', '-n', pay, '-t', tiller, '--no-adopt'];
  const user = newUser();
  await grant(role, user.name);
  await settled(user.kubeconfig, await grants(role), []);
  const command = ['migrate2to3', 'two', '-t', tiller, '--dry-run'];
  const { code, err } = await as(user.kubeconfig, command);
  expect(code, err).toBe(4);
  for (const kind of ['configmaps', 'services'])
    for (const verb of ['get', 'patch'])
      expect(err).toContain(`  no permission to ${verb} ${kind} in namespace ${pay}\n`);
  expect(err).toContain('rbac migrate2to3 --adopt-resource configmaps,services');
  expect(await as(user.kubeconfig, [...command, '--no-adopt'])).toMatchObject({ code: 0 });
});

describe('what is optional', () => {
  it('is used where it is allowed, and a namespace that is missing is then said in the plan', async () => {
    const { pay, tiller } = await world();
    const flags = ['-n', pay, '-t', tiller, '--adopt-resource', 'configmaps'];
    const needs = await needsOf(
      'migrate2to3',
      { namespaces: [pay], 'tiller-namespace': [tiller], 'adopt-resource': ['configmaps'] },
      {},
    );
    const optional = needs.filter((need) => need.optional);
    expect(optional.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
      ...['list secrets', 'get namespaces', 'get namespaces', 'list configmaps'],
    ]);
    const user = newUser();
    await grant(['migrate2to3', ...flags, '--optional'], user.name);
    await settled(user.kubeconfig, needs, []);
    const ran = await as(user.kubeconfig, ['migrate2to3', `old-${pay}`, '-t', tiller, '--yes']);
    expect(ran).toMatchObject({ code: 0, err: '' });
  });
});

it('every command of the table is tried here', () => {
  const tried = new Set(cases.map(({ title }) => title.split(' ')[0]));
  expect([...tried].sort()).toEqual(Object.keys(asks).sort());
});
