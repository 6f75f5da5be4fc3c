/** The question before something is written: what is a yes, and what a command ends with after a no. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli.ts';
import type { IO } from '../../src/output/terminal/io.ts';
import { openDirectory } from '../../src/storage/directory.ts';
import { captureIO } from './cli-io.ts';
import { sketchRecord } from './cli-records.ts';

let dir = '';
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'releases-ask-'));
  const store = await openDirectory(join(dir, 'from'), { create: true });
  await store.create(sketchRecord({}));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Somebody at a terminal, who types this and then ends the input. */
function atTerminal(typed: string, interrupt?: AbortSignal) {
  const io = captureIO(interrupt && { interrupt });
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const there: IO = { ...io, stdin, stderr: { ...io.stderr, isTTY: true } };
  if (!interrupt) stdin.end(typed);
  return { io: there, err: io.err, out: io.out };
}

const line = () => [
  ...['relocate', '--all', '--from', `dir:${join(dir, 'from')}`, '--to', `dir:${join(dir, 'to')}`],
  ...['--delete-source', '--backup', join(dir, 'kept')],
];

describe('the question', () => {
  it.each(['y\n', 'Y\n', ' yes \n'])('%j is a yes', async (typed) => {
    const { io, out } = atTerminal(typed);
    expect(await run(line(), io)).toBe(0);
    expect(out()).toContain('Done: 1 release');
    expect(readdirSync(dir).sort()).toEqual(['from', 'kept', 'to']);
  });

  it.each(['n\n', '\n', 'yess\n', ''])(
    '%j is a no: refused, and nothing is made',
    async (typed) => {
      const { io, err } = atTerminal(typed);
      expect(await run(line(), io)).toBe(4);
      const question = `Relocate this release, dir:${dir}/from → dir:${dir}/to? [y/N] `;
      expect(err()).toBe(`${question}${typed === '' ? '\n' : ''}Nothing was written.\n`);
      expect(readdirSync(dir)).toEqual(['from']);
    },
  );

  it('ends with Ctrl-C', async () => {
    const stop = new AbortController();
    const { io, err } = atTerminal('', stop.signal);
    const ran = run(line(), io);
    while (!err().includes('[y/N]')) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await ran).toBe(130);
    expect(readdirSync(dir)).toEqual(['from']);
  });
});

describe('what becomes of the sources', () => {
  const unsaid = () => line().filter((word) => word !== '--delete-source');

  it.each([
    ['keep\n', ['from', 'kept', 'to']],
    ['k\n', ['from', 'kept', 'to']],
  ])('is asked on a terminal: %j', async (typed) => {
    const { io, err, out } = atTerminal(typed);
    expect(await run([...unsaid(), '--yes'], io), err()).toBe(0);
    expect(err()).toContain('verified in their new place? [delete/keep] ');
    expect(out()).not.toContain('deleted');
    expect(readdirSync(join(dir, 'from'))).toHaveLength(1);
  });

  it('deletes after that answer', async () => {
    const { io, err, out } = atTerminal('DELETE\n');
    expect(await run([...unsaid(), '--yes'], io), err()).toBe(0);
    expect(out()).toContain('1 source deleted');
  });

  it.each(['\n', 'yes\n', ''])('%j is no answer: refused, and nothing is made', async (typed) => {
    const { io, err } = atTerminal(typed);
    expect(await run([...unsaid(), '--yes'], io)).toBe(4);
    expect(err()).toContain('error: nothing was chosen, and nothing was written');
    expect(readdirSync(dir)).toEqual(['from']);
  });

  it('is exit 2 where nobody can be asked, with both lines', async () => {
    const io = captureIO();
    expect(await run([...unsaid(), '--yes'], io)).toBe(2);
    expect(io.err()).toMatch(
      /try: --delete-source {2}deletes .*\n {2}try: --keep-source {2}keeps /,
    );
    expect(readdirSync(dir)).toEqual(['from']);
  });
});
