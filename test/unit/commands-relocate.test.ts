/** `relocate` and `copy` as a person sees them: over folders and archives, in this process. */

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { type CaptureOptions, captureIO, runCli } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'relocate-'));
  const from = await openDirectory(join(dir, 'from'), { create: true });
  for (const revision of [1, 2])
    await from.create(
      sketchRecord({ revision, status: revision === 2 ? 'deployed' : 'superseded' }),
    );
  await from.create(sketchRecord({ name: 'search', namespace: 'web', status: 'failed' }));
  await from.create(sketchRecord({ helm: 2, name: 'old', namespace: 'web' }));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** In a folder of the test's own, which is `DIR` in arguments and prints as such. */
async function cli(line: string, options?: CaptureOptions) {
  const words = line.split(' ').map((word) => word.replaceAll('DIR', dir));
  const { code, out, err } = await runCli(words, options);
  return { code, out: out.replaceAll(dir, 'DIR'), err: err.replaceAll(dir, 'DIR') };
}

function files(folder: string): string[] {
  const all = readdirSync(join(dir, folder), { recursive: true, encoding: 'utf8' });
  return all.filter((name) => /\.yaml$/.test(name)).sort();
}

describe('relocate', () => {
  it('shows a plan, and writes nothing in a dry run', async () => {
    const { code, out } = await cli(
      'relocate --all --from dir:DIR/from --to dir:DIR/to --keep-source --dry-run',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^Plan: 3 releases, 4 revisions, dir:DIR\/from → dir:DIR\/to\n/);
    expect(out).toMatch(/^billing +pay +2 +ready$/m);
    expect(out).toContain(
      'Would create 4 records of 3 releases; sources are kept (--delete-source removes them after verification).\nDry run: nothing was written.\n',
    );
    expect(readdirSync(dir)).toEqual(['from']);
  });

  it('asks for --yes where nobody can be asked', async () => {
    const { code, err } = await cli('mv --all --from dir:DIR/from --to dir:DIR/to');
    expect(code).toBe(2);
    expect(err).toContain('--yes was not given');
  });

  it('moves, with a backup that restore puts back, and has nothing to do afterwards', async () => {
    cpSync(join(dir, 'from'), join(dir, 'before'), { recursive: true });
    const line = 'relocate billing --from dir:DIR/from --to file:DIR/a.zip --delete-source --yes';
    const { code, out } = await cli(`${line} --backup DIR/backup`);
    expect(code).toBe(0);
    expect(out).toContain(
      'Done: 1 release, 2 records created, read back and equal, 2 sources deleted.',
    );
    expect(out).toContain('Undo: kubectl releases restore DIR/backup --to dir:DIR/from\n');
    expect(files('from')).toHaveLength(2);
    const undone = await cli('restore DIR/backup --to dir:DIR/from --yes');
    expect(undone.code).toBe(0);
    const texts = (folder: string) =>
      files(folder).map((name) => readFileSync(join(dir, folder, name), 'utf8'));
    expect(texts('from')).toEqual(texts('before'));
  });

  it('names its releases in the Undo where the backup holds others, too', async () => {
    const line = (name: string) =>
      `relocate ${name} --from dir:DIR/from --to file:DIR/${name}.zip --delete-source --backup DIR/backup --yes`;
    const first = await cli(line('billing'));
    expect(first.out).toContain('Undo: kubectl releases restore DIR/backup --to dir:DIR/from\n');
    const second = await cli(line('search'));
    expect(second.err).toContain("note: DIR/backup holds other releases' records already\n");
    const undo = 'restore DIR/backup search --to dir:DIR/from';
    expect(second.out).toContain(`Undo: kubectl releases ${undo}\n`);
    expect((await cli(`${undo} --yes`)).code).toBe(0);
    expect(files('from').map((name) => name.split(/[\\/]/).pop())).toEqual(
      expect.arrayContaining([expect.stringContaining('search')]),
    );
    expect(files('from').join()).not.toContain('billing');
  });

  it('leaves older revisions in a folder, where the way back brings back what was deleted alone', async () => {
    const all = 'billing --from dir:DIR/from --to dir:DIR/to --yes';
    expect((await cli(`copy ${all}`)).code).toBe(0);
    const first = files('from').find((name) => name.includes('billing.v1'));
    rmSync(join(dir, 'from', first ?? ''));
    const kept = files('to');
    const left = files('from');
    const { code, out } = await cli(`relocate ${all} --delete-source --backup DIR/backup`);
    expect(code).toBe(0);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(out)?.[1] ?? '';
    expect(undo).toBe('restore DIR/backup --to dir:DIR/from');
    expect((await cli(`${undo} --yes`)).code).toBe(0);
    expect([files('from'), files('to')]).toEqual([left, kept]);
  });

  it('knows by name what it has finished', async () => {
    const line = 'relocate billing --from dir:DIR/from --to dir:DIR/to --yes --delete-source';
    expect((await cli(`${line} --backup DIR/backup`)).code).toBe(0);
    const again = await cli(`${line} --backup DIR/backup`);
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toBe(
      'Nothing to do: nothing is left in dir:DIR/from of billing, and the target has it.\n',
    );
    const mistyped = await cli(line.replace('billing', 'serch'));
    expect(mistyped.code).toBe(1);
    expect(mistyped.err).toContain('did you mean search?');
  });

  it('refuses what can’t hold together', async () => {
    const bad = async (line: string) => (await cli(`relocate ${line}`)).err.split('\n')[0];
    expect(await bad('--from dir:DIR/from --to dir:DIR/to')).toBe('error: which releases?');
    expect(await bad('--all --from dir:DIR/from')).toBe('error: where to?');
    expect(await bad('--all --from dir:DIR/from --to dir:DIR/to --to-name x')).toBe(
      'error: --to-name is for one release: name it',
    );
    expect(await bad('--all --revisions 0 --from dir:DIR/from --to dir:DIR/to')).toBe(
      'error: --revisions is all, deployed or a number, not 0',
    );
    expect(await bad('--all --map-namespace a --from dir:DIR/from --to dir:DIR/to')).toBe(
      'error: --map-namespace a is not OLD=NEW',
    );
    expect(await bad('--all --map-namespace web=UP --from dir:DIR/from --to dir:DIR/to')).toBe(
      'error: --map-namespace: "UP" is no namespace\'s name',
    );
    const wrongMap = '--map-namespace pya=money --from dir:DIR/from --to dir:DIR/to';
    for (const which of ['--all --keep-source', 'billing --keep-source', '--all --delete-source'])
      expect(await bad(`${which} ${wrongMap}`)).toBe(
        'error: --map-namespace pya=money: no release is in namespace pya',
      );
    expect(await bad('--all --keep-source --delete-source --to dir:DIR/to')).toBe(
      'error: either --delete-source or --keep-source, not both',
    );
    expect(
      await bad('--keep-source --all --exclude serch --from dir:DIR/from --to dir:DIR/to'),
    ).toBe('error: --exclude "serch" is no release in dir:DIR/from');
    const chain = '--map-namespace pay=web --map-namespace web=shop';
    expect(await bad(`--keep-source --all ${chain} --from dir:DIR/from --to dir:DIR/from`)).toBe(
      "error: --map-namespace pay=web leads to another one's source",
    );
    expect(
      await bad('--keep-source --all --from dir:DIR/from --to dir:DIR/to --passphrase-env X'),
    ).toBe('error: there is no passphrase in the environment variable that --passphrase-env names');
    expect(await bad('--keep-source bilingual --from dir:DIR/from --to dir:DIR/to')).toBe(
      'error: no release "bilingual" in dir:DIR/from',
    );
  });

  it('takes releases by label, by namespace and by Helm', async () => {
    const names = async (line: string) => {
      const { out } = await cli(
        `relocate ${line} --from dir:DIR/from --to dir:DIR/to --keep-source --dry-run -o json`,
      );
      return JSON.parse(out).releases.map(({ name }: { name: string }) => name);
    };
    expect(await names('--all')).toEqual(['billing', 'old', 'search']);
    expect(await names('-l status=failed')).toEqual(['search']);
    expect(await names('--all -n web')).toEqual(['old', 'search']);
    expect(await names('--all --helm 3')).toEqual(['billing', 'search']);
    expect(await names('--all --helm 2')).toEqual(['old']);
    expect(await names('--all --exclude old --exclude search')).toEqual(['billing']);
  });

  it('speaks of a record without a release only where its labels are meant, too', async () => {
    const later = { key: 'sh.helm.release.v2.later.v1', labels: { team: 'web' } };
    await writeFile(
      join(dir, 'from', 'later.json'),
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v2' },
        metadata: { name: later.key, namespace: 'pay', labels: later.labels },
        stringData: { release: 'of another time' },
      }),
    );
    const line = 'copy --from dir:DIR/from --to dir:DIR/to --dry-run';
    const all = await cli(`${line} --all`);
    expect(all.out).toMatch(/later +pay +1 +refused +a revision can't be moved/);
    expect(all.code).toBe(3);
    const some = await cli(`${line} -l name=search`);
    expect(some.out + some.err).not.toContain('later');
    expect(some.code).toBe(0);
    const others = await cli(`${line} -l name!=billing`);
    expect(others.out).toMatch(/later +pay +1 +refused/);
    expect(others.code).toBe(3);
  });
});

describe('a copy in another namespace of the same store', () => {
  const copy = 'copy billing --from dir:DIR/from --to dir:DIR/from --to-namespace money --yes';

  it('is there when the same command is run again, which has nothing to do', async () => {
    expect((await cli(copy)).code).toBe(0);
    const before = files('from');
    const { code, out, err } = await cli(copy);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Nothing to do');
    expect(files('from')).toEqual(before);
    expect((await cli(copy.replace('money', 'more'))).code).toBe(2);
  });
});

it('says where a record stays that lies apart from its release', async () => {
  const store = await openDirectory(join(dir, 'apart'), { create: true });
  await store.create(sketchRecord({ namespace: 'pay' }, { namespace: 'vault' }));
  const line = 'copy billing --from dir:DIR/apart --to dir:DIR/to --to-namespace money --yes';
  const { code, out } = await cli(line);
  expect(code).toBe(0);
  expect(out).toContain(
    'lies apart from it, and stays in namespace vault: helm finds it there alone',
  );
  expect(files('to')).toEqual([expect.stringMatching(/^vault\//)]);
  const beside = line.replace('DIR/to', 'DIR/beside');
  expect((await cli(`${beside} --to-storage-namespace money`)).out).not.toContain('lies apart');
  expect(files('beside')).toEqual([expect.stringMatching(/^money\//)]);
});

it('a rename beside a release of the same name that can’t be read asks which one is meant', async () => {
  // Found by random sequences: the one that can't be read was passed over in silence, with exit 0.
  const store = await openDirectory(join(dir, 'from'), { create: true });
  const sound = sketchRecord({}, { kind: 'ConfigMap' });
  await store.create({ ...sound, payload: sound.payload.slice(0, sound.payload.length / 2) });
  const line = 'copy billing --from dir:DIR/from --to dir:DIR/from --to-name renamed --yes';
  const { code, out, err } = await cli(line);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('--to-name is for one release, and there are several');
  expect(err.match(/billing is in namespace pay \(Helm 3\/4, dir:DIR\/from, \w+\)/g)).toHaveLength(
    2,
  );
  expect(err).toContain('--kind secret|configmap names one');
  expect((await cli(`${line} --kind secret`)).code).toBe(0);
});

it('a release of Helm 2 that has moved to another namespace is found there by the same command', async () => {
  const line = 'relocate old --from dir:DIR/from --to dir:DIR/to --to-namespace money --yes';
  const move = `${line} --delete-source --backup DIR/backup`;
  expect((await cli(move)).code).toBe(0);
  const { code, err } = await cli(move);
  expect({ code, err: err.replace(/^note: .*\n/gm, '') }).toEqual({ code: 0, err: '' });
  expect((await cli(move.replace('old', 'older'))).code).toBe(1);
});

describe('an older revision of which there is nothing to copy', () => {
  beforeEach(() => {
    const [name = ''] = files('from').filter((file) => file.includes('billing.v1.'));
    const path = join(dir, 'from', name);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('helm.sh/release.v1', 'helm.sh/release.v2'));
  });

  it.each(['copy', 'relocate --keep-source'])(
    'keeps the release from going anywhere under %s',
    async (verb) => {
      const line = `${verb} billing --from dir:DIR/from --to dir:DIR/to --yes`;
      const { code, out } = await cli(line);
      expect(code).toBe(4);
      expect(out).toMatch(
        /refused +a revision can't be moved: .*billing\.v1.* newer than this program/,
      );
      expect((await cli(`${verb} --all --from dir:DIR/from --to dir:DIR/to --yes`)).code).toBe(3);
      expect(files('to').filter((file) => file.includes('billing'))).toEqual([]);
      expect((await cli(`${line} --revisions 2`)).code).toBe(4);
      expect((await cli(`${line} --revisions deployed`)).code).toBe(0);
      expect((await cli(`${line} --revisions 1`)).code).toBe(0);
      expect(files('to').filter((file) => file.includes('billing'))).toHaveLength(1);
    },
  );

  it.each([
    ['backup', 'backup billing --storage dir:DIR/from dir:DIR/to'],
    ['restore', 'restore dir:DIR/from billing --to dir:DIR/to --yes'],
  ])('is left out by %s, which says so and ends with 3', async (_, line) => {
    const { code, out, err } = await cli(line);
    expect(out + err).toMatch(/a revision stays behind: .*billing\.v1/);
    expect(files('to')).toHaveLength(1);
    expect(code).toBe(3);
  });
});

describe('an archive', () => {
  it('says what it was made from, whichever command made it', async () => {
    const from = async (name: string) =>
      JSON.parse((await cli(`verify DIR/${name} -o json`)).out).from;
    await cli('copy --all --from dir:DIR/from --to file:DIR/copied.zip --yes');
    expect(await from('copied.zip')).toEqual([`dir:${dir}/from`.replaceAll(dir, 'DIR')]);
    await cli('restore DIR/copied.zip --to file:DIR/restored.zip --yes');
    expect(await from('restored.zip')).toEqual(['file:DIR/copied.zip']);
    await cli(
      'relocate billing --from dir:DIR/from --to dir:DIR/to --delete-source --backup DIR/kept.zip --yes',
    );
    expect(await from('kept.zip')).toEqual(['dir:DIR/from']);
  });

  it('that can’t be made is found before the plan is shown', async () => {
    for (const line of [
      'copy --all --from dir:DIR/from --to',
      'backup --all --storage dir:DIR/from',
    ]) {
      const { code, out, err } = await cli(
        `${line} file:/proc/x.zip${/^copy/.test(line) ? ' --yes' : ''}`,
      );
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^error: writing \/proc\/x\.zip failed: /);
      expect(err).toMatch(/another file: file:PATH\.zip$/m);
    }
    const dry = await cli('copy --all --from dir:DIR/from --to file:DIR/a.zip --dry-run');
    expect(dry.code).toBe(0);
    expect(readdirSync(dir)).toEqual(['from']);
  });

  it('that is there already is never added to', async () => {
    await cli('copy billing --from dir:DIR/from --to file:DIR/a.zip --yes');
    const { code, out } = await cli('copy --all --from dir:DIR/from --to file:DIR/a.zip --yes');
    expect(out).toMatch(/^billing .* done /m);
    expect(out).toMatch(/^search .* refused +a revision has no place there: .* never changed/m);
    expect(code).toBe(3);
  });

  it('is encrypted for a recipient, and read with the identity', async () => {
    const identity = await generateIdentity();
    writeFileSync(join(dir, 'key'), `${identity}\n`);
    const recipient = `--recipient ${await identityToRecipient(identity)}`;
    const made = await cli(`copy --all --from dir:DIR/from --to file:DIR/a.zip ${recipient} --yes`);
    expect(made.code).toBe(0);
    expect(readFileSync(join(dir, 'a.zip')).includes('billing')).toBe(false);
    const line = 'copy --all --from file:DIR/a.zip --to dir:DIR/to --yes';
    const locked = await cli(line);
    expect(locked.code).not.toBe(0);
    expect(locked.err).toContain('--identity');
    expect((await cli(`${line} --identity DIR/key`)).code).toBe(0);
    expect(files('to')).toEqual(files('from'));
    const plain = await cli(`copy --all --from dir:DIR/from --to dir:DIR/to ${recipient}`);
    expect(plain.err).toContain('error: only an archive is encrypted');
  });
});

describe('another name', () => {
  it('changes what names the release, and nothing where none lives', async () => {
    const line = 'relocate billing --from dir:DIR/from --to dir:DIR/from --to-name invoices';
    const { code, out } = await cli(`${line} --delete-source --yes --backup DIR/backup`);
    expect(code).toBe(0);
    expect(out).toContain('2 records created, read back and equal, 2 sources deleted');
    expect(files('from').filter((name) => name.includes('invoices'))).toHaveLength(2);
    const values = await cli('history invoices --storage dir:DIR/from');
    expect(values.out).toContain('deployed');
    expect((await cli('list --storage dir:DIR/from')).out).toMatch(/^invoices +pay +2 /m);
  });

  it('and another namespace, for all of a map', async () => {
    const map = '--map-namespace pay=money,web=shop';
    const line = `relocate --all --from dir:DIR/from --to dir:DIR/to ${map} --keep-source --yes`;
    expect((await cli(line)).code).toBe(0);
    const { out } = await cli('list -o wide --storage dir:DIR/to');
    expect(out).toMatch(/^billing +money +2 /m);
    expect(out).toMatch(/^search +shop +1 /m);
    // Helm 2's records stay in Tiller's namespace.
    expect(out).toMatch(/^old +shop +1 .* DEPLOYED /m);
    expect(files('to').filter((name) => name.startsWith('kube-system'))).toHaveLength(1);
    const again = await cli(line);
    expect(again.out).toContain('Nothing to do: 3 releases are already relocated and equal.');
  });
});

describe('what two releases would share', () => {
  it('two of two namespaces that get one namespace are refused, however alike they are', async () => {
    const from = await openDirectory(join(dir, 'alike'), { create: true });
    for (const namespace of ['a', 'b']) await from.create(sketchRecord({ name: 'web', namespace }));
    const ends = '--from dir:DIR/alike --to dir:DIR/to --delete-source --yes';
    const { code, out } = await cli(
      `relocate --all ${ends} --map-namespace a=c --map-namespace b=c`,
    );
    expect(code, out).toBe(4);
    expect(
      out.match(/^web .* refused .* its records would meet there with those of/gm),
    ).toHaveLength(2);
    expect(files('alike')).toHaveLength(2);
  });
});

describe('the backup of what is deleted', () => {
  const move = 'relocate billing --from dir:DIR/from --to dir:DIR/to --delete-source --yes';

  it.each(['secret:pay', 'sql', 'configmap'])('is no store: %s', async (address) => {
    const { code, err } = await cli(`${move} --backup ${address}`);
    expect(code).toBe(2);
    expect(err).toContain(`error: --backup ${address} names no folder or archive`);
    expect(files('from')).toHaveLength(4);
  });

  it('of a name that reads like a flag is called by a path that does not', async () => {
    const here = process.cwd();
    process.chdir(dir);
    try {
      const { code, out } = await cli(`${move} billing --backup=-x`);
      expect(code, out).toBe(0);
      expect(out).toContain('What is deleted is copied to ./-x first.');
      const undo = /^Undo: kubectl releases (.*)$/m.exec(out)?.[1] ?? '';
      expect(undo).toMatch(/^relocate billing -n pay /);
    } finally {
      process.chdir(here);
    }
  });
});

describe('the plan that is answered with y', () => {
  it('shows the new name and namespace, and where sources are copied to first', async () => {
    const rename = 'relocate billing -n pay --from dir:DIR/from --to dir:DIR/to --to-name invoices';
    const named = await cli(`${rename} --delete-source --backup DIR/kept --yes`);
    expect(named.out).toMatch(/^billing → invoices +pay +2 +ready/m);
    expect(named.out).toContain('What is deleted is copied to DIR/kept first.\n');
    const map = 'copy --all --from dir:DIR/from --to dir:DIR/b --map-namespace web=shop --dry-run';
    const mapped = await cli(map);
    expect(mapped.out).toMatch(/^search +web → shop +1 /m);
    const data = JSON.parse((await cli(`${map} -o json`)).out) as { releases: object[] };
    expect(data.releases).toContainEqual(
      expect.objectContaining({ name: 'search', becomes: { name: 'search', namespace: 'shop' } }),
    );
  });
});

describe('as data, a run that deletes', () => {
  it('says how many records it wrote, where copies of them are, and what undoes it', async () => {
    const ends = '--from dir:DIR/from --to dir:DIR/to --delete-source --yes -o json';
    const { out } = await cli(`relocate billing ${ends} --backup DIR/kept`);
    expect(JSON.parse(out)).toMatchObject({
      counts: { created: 2, replaced: 0, adopted: 0, deleted: 2 },
      backup: 'DIR/kept',
      undo: [
        'kubectl releases relocate billing -n pay --from dir:DIR/to --to dir:DIR/from --helm 3 --delete-source',
      ],
    });
  });

  it('names the passphrase that its encrypted backup takes', async () => {
    writeFileSync(join(dir, 'pass'), 'correct horse');
    const ends = '--from dir:DIR/from --to dir:DIR/to --delete-source --yes';
    const line = `relocate billing ${ends} --backup DIR/kept.zip --passphrase-file DIR/pass`;
    const { out } = await cli(line);
    const undo = /^Undo: kubectl releases (.*)$/m.exec(out)?.[1] ?? '';
    expect(undo).toContain('--passphrase-file DIR/pass');
    expect((await cli(`${undo} --yes`)).code).toBe(0);
    expect(files('from')).toHaveLength(4);
    const made = await cli(
      'backup --all --storage dir:DIR/from DIR/b.zip --passphrase-file DIR/pass',
    );
    const next = /^Next: kubectl releases (.*)$/m.exec(made.out)?.[1] ?? '';
    expect((await cli(next)).code).toBe(0);
  });
});

describe('an archive that can not be made', () => {
  it.each([
    'copy --all --from dir:DIR/from --to file:DIR/no/x.zip --yes',
    'backup --all --storage dir:DIR/from DIR/no/x.zip',
  ])('is said before anything is written: %s', async (line) => {
    const { code, err } = await cli(line);
    expect(code).toBe(2);
    expect(err).toContain("x.zip can't be made: there is no folder DIR/no");
    expect(readdirSync(dir)).toEqual(['from']);
  });
});

describe('a release whose older revisions moved before it', () => {
  const line =
    'relocate billing -n pay --from dir:DIR/from --to dir:DIR/to --delete-source --yes --backup DIR/backup';
  const late = async (updated?: string) => {
    const from = await openDirectory(join(dir, 'from'));
    const record = sketchRecord({ revision: 3, ...(updated !== undefined && { updated }) });
    await from.create(record);
  };

  it('goes on there', async () => {
    await cli(line);
    await late();
    const { code, out } = await cli(line);
    expect(code).toBe(0);
    expect(out).toContain('goes on from revisions 1 to 2, which moved there before');
    expect((await cli('history billing --storage dir:DIR/to -o json')).out).toContain(
      '"revision":3',
    );
    expect(files('from').filter((name) => name.includes('billing'))).toEqual([]);
  });

  it('says so where two revisions stay deployed', async () => {
    const sources = await openDirectory(join(dir, 'from'));
    const second = sketchRecord({ revision: 2, status: 'superseded' });
    await late();
    const target = await openDirectory(join(dir, 'to'), { create: true });
    await target.create(second);
    await target.create(sketchRecord({ revision: 4 }));
    await sources.delete((await sources.get(second)) ?? second);
    await sources.create(sketchRecord({ revision: 2 }));
    const plan = 'restore DIR/from billing --to dir:DIR/to --overwrite billing --dry-run -o json';
    expect((await cli(plan)).out).toContain(
      'revision 3 is deployed, and revision 4 stays deployed there: helm goes on from 4',
    );
  });

  it('is another one where it was installed at another time', async () => {
    await cli(line);
    await late('2026-11-21T09:00:00Z');
    const { code, out } = await cli(line);
    expect(code).toBe(4);
    expect(out).toContain('another release has this name there, with revisions 1 to 2');
  });
});

describe('what was said and would not happen', () => {
  it('is refused of another cluster, where records go to a folder', async () => {
    const line = 'copy billing --from dir:DIR/from --to-context other --yes';
    const config = join(dir, 'config');
    const contexts = [{ name: 'other', context: { cluster: 'c', user: '' } }];
    const clusters = [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }];
    writeFileSync(config, JSON.stringify({ clusters, contexts }));
    for (const [to, hint] of [
      ['', '--to secret'],
      [' --to dir:DIR/to', 'leave --to-context away'],
    ] as const) {
      const { code, err } = await cli(`${line}${to}`, { env: { KUBECONFIG: config } });
      expect(code).toBe(2);
      expect(err).toContain(`--to-context names a cluster, and records would go to dir:DIR/`);
      expect(err).toContain(hint);
    }
  });

  it('is noted of a backup that nothing needs', async () => {
    const ends = '--from dir:DIR/from --to dir:DIR/to --yes';
    const { code, err } = await cli(`relocate billing --keep-source ${ends} --backup DIR/kept`);
    expect(code).toBe(0);
    expect(err).toContain(
      'note: nothing is deleted or replaced, so that --backup has nothing to copy',
    );
    expect(files('from')).toHaveLength(4);
  });

  it("is refused of {context}, which is --contexts' own", async () => {
    const { code, err } = await cli('backup --all --storage dir:DIR/from DIR/{context}.zip');
    expect(code).toBe(2);
    expect(err).toContain("{context} in a file's name goes with --contexts");
  });

  it('takes a passphrase from a pipe, for all that needs it', async () => {
    const fifo = join(dir, 'pass');
    execFileSync('mkfifo', [fifo]);
    const writing = writeFile(fifo, 'correct horse\n');
    const line = 'backup --all --storage dir:DIR/from DIR/b.zip --passphrase-file';
    expect(await cli(`${line} ${fifo}`)).toMatchObject({ code: 0 });
    await writing;
    writeFileSync(join(dir, 'same'), 'correct horse');
    expect((await cli('verify DIR/b.zip --passphrase-file DIR/same')).code).toBe(0);
  });
});

describe('a choice that leaves nothing', () => {
  it('is an error that names the flag', async () => {
    for (const [flags, why] of [
      ['-l team=nope', '-l team=nope'],
      ['--all -n nowhere', '-n nowhere'],
      ['-A -l team=nope', '-l team=nope'],
    ] as const) {
      const { code, err } = await cli(`copy ${flags} --from dir:DIR/from --to dir:DIR/to --yes`);
      expect(code).toBe(1);
      expect(err).toContain(`3 releases found in dir:DIR/from, all left out by ${why}.`);
      expect(err.includes('  the releases are of pay, web\n')).toBe(why === '-n nowhere');
      expect(err.includes('  try: -n pay\n  try: -n web\n')).toBe(why === '-n nowhere');
    }
    expect(readdirSync(dir)).toEqual(['from']);
  });

  it('is none where sources were deleted before, or another shard has them', async () => {
    const ends = '--from dir:DIR/from --to dir:DIR/to --yes';
    expect((await cli(`relocate -l team=nope ${ends} --delete-source`)).code).toBe(0);
    const shards = await Promise.all(
      [0, 1, 2, 3, 4].map((one) => cli(`copy -l status=failed ${ends} --shard ${one}/5`)),
    );
    expect(shards.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  });

  it('-A is every release, and contradicts -n', async () => {
    const { out } = await cli('copy -A --from dir:DIR/from --to dir:DIR/to --dry-run');
    expect(out).toContain('Would create 4 records of 3 releases');
    const both = await cli('copy -A -n pay --from dir:DIR/from --to dir:DIR/to --dry-run');
    expect(both.code).toBe(2);
    expect(both.err).toContain('error: either -n or -A, not both\n');
  });
});

describe('what was given and can do nothing', () => {
  it.each(['DIR/from', 'DIR/new/../from', 'DIR/link'])(
    'is said of a target that is the source: %s',
    async (to) => {
      symlinkSync(join(dir, 'from'), join(dir, 'link'));
      const line = `relocate --all --from dir:DIR/from --to dir:${to} --delete-source --yes`;
      const { code, out } = await cli(line);
      expect(code).toBe(0);
      expect(out).toMatch(/^billing .* done .*; its records lie there already: source and target/m);
      expect(files('from')).toHaveLength(4);
    },
  );

  it('is said of --delete-source, where not every revision moves', async () => {
    const line = 'relocate billing --from dir:DIR/from --to dir:DIR/to --revisions 1 --yes';
    const { code, out } = await cli(`${line} --delete-source`);
    expect(code).toBe(0);
    expect(out).toMatch(
      /1 revision stays in the source: .*; its sources are kept: not every revision/,
    );
    expect(out).toContain(
      'Will create 1 record of 1 release; sources of 1 release are kept (see above).',
    );
    expect(out).not.toContain('--delete-source removes them');
  });
});

describe('run again', () => {
  it('finds no release left in the namespaces of its map', async () => {
    const line =
      'relocate --all --from dir:DIR/from --to dir:DIR/from --map-namespace pay=money --yes';
    await cli(`${line} --delete-source --backup DIR/b`);
    const { code, err } = await cli(`${line} --delete-source --backup DIR/b`);
    expect(err).toBe(
      'note: --map-namespace pay=money: no release is in namespace pay, and dir:DIR/from has some in money\n',
    );
    expect(code).toBe(0);
    const both = '--map-namespace pay=money,web=shop --dry-run';
    expect((await cli(`copy search --from dir:DIR/from --to dir:DIR/to ${both}`)).code).toBe(0);
  });

  it('goes on with what is left, and says what an earlier run has moved', async () => {
    const line = (names: string) =>
      `relocate ${names} --from dir:DIR/from --to dir:DIR/to --delete-source --yes --backup DIR/b`;
    await cli(line('billing'));
    const { code, out, err } = await cli(`${line('billing search')} --report DIR/report.md`);
    expect(code).toBe(0);
    expect(err).toContain(
      'note: no release "billing" is left in dir:DIR/from, and dir:DIR/to has it: nothing to do for it\n',
    );
    expect(out).toContain('Done: 1 release, 1 record created');
    expect(readFileSync(join(dir, 'report.md'), 'utf8')).toContain(
      '- billing: nothing is left of it in the source; dir:',
    );
    const again = await cli(`${line('billing search')} -o json`);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({
      releases: [],
      finished: [
        { name: 'billing', target: 'dir:DIR/to' },
        { name: 'search', target: 'dir:DIR/to' },
      ],
    });
  });
});

describe('a hostile record', () => {
  it('writes no escape sequence to a terminal, and none into a report', async () => {
    mkdirSync(join(dir, 'hostile'));
    const record = {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1' },
      metadata: {
        ...{ name: 'sh.helm.release.v1.../../x\u001b[31m.v1', namespace: '../../pay' },
        labels: { owner: 'helm', name: '../../x\u001b[31m', version: '1', status: 'deployed' },
      },
      data: { release: 'bm90aGluZw==' },
    };
    writeFileSync(join(dir, 'hostile', 'one.yaml'), JSON.stringify(record));
    const line = 'copy --all --from dir:DIR/hostile --to dir:DIR/to';
    for (const flags of ['--dry-run', '--check', '--yes', '--to-storage-namespace vault --check']) {
      const { out, err } = await cli(`${line} ${flags} --report DIR/report.md`);
      expect(out).toContain('x\\u001b[31m');
      expect(out + err + readFileSync(join(dir, 'report.md'), 'utf8')).not.toContain('\u001b');
    }
  });
});

describe('copy', () => {
  it('copies, deletes nothing, and has nothing to do afterwards', async () => {
    const line = 'copy --all --from dir:DIR/from --to dir:DIR/to --yes';
    const first = await cli(line);
    expect(first.out).toContain('Done: 3 releases, 4 records created, read back and equal.\n');
    expect(files('to')).toEqual(files('from'));
    const again = await cli(line);
    expect(again.code).toBe(0);
    expect(again.out).toContain('Nothing to do: 3 releases are already copied and equal.');
  });

  it('has no flag that deletes', async () => {
    const { code, err } = await cli('copy --all --to dir:DIR/to --delete-source');
    expect(code).toBe(2);
    expect(err).toContain('unknown flag "--delete-source"');
  });
});

describe('before anything is written', () => {
  it.each([
    'relocate billing --from dir:DIR/from --to dir:DIR/to --keep-source --yes',
    'copy billing --from dir:DIR/from --to dir:DIR/to --yes',
    'restore DIR/from billing --to dir:DIR/to --yes',
  ])('Ctrl-C ends the program at once: %s', async (line) => {
    const io = captureIO();
    const planned: string[] = [];
    const whilePlanning = async <T>(work: () => Promise<T>) => {
      const result = await work();
      planned.push(...(existsSync(join(dir, 'to')) ? files('to') : []), io.out());
      return result;
    };
    const argv = line.split(' ').map((word) => word.replaceAll('DIR', dir));
    expect(await run(argv, { ...io, whilePlanning })).toBe(0);
    expect(planned).toEqual(['']);
    expect(files('to')).toHaveLength(2);
  });
});

describe('--dry-run', () => {
  it('asks where its value stands apart, which would be taken for a release', async () => {
    const { code, out, err } = await cli(
      'copy --all --from dir:DIR/from --to dir:DIR/to --dry-run server',
    );
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/--dry-run takes its value after =\n +try: --dry-run=server\n/);
    const named = await cli('copy billing --from dir:DIR/from --to dir:DIR/to --dry-run');
    expect(named.code).toBe(0);
  });

  it('takes kubectl’s word where there is no server to ask', async () => {
    expect((await cli('backup --all --storage dir:DIR/from DIR/b.zip --dry-run=client')).code).toBe(
      0,
    );
    expect(readdirSync(dir)).toEqual(['from']);
  });
});
