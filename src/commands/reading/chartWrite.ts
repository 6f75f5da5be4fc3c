/** Putting an extracted chart on disk: a folder or an archive that wasn't there before. */

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ReleasesError, typed } from '../../errors.ts';
import type { ChartFile } from '../../inspect/chart/chartFile.ts';
import type { ExtractedChart } from '../../inspect/chart/extract.ts';
import { makeFolder, writeNew } from '../../storage/files/write.ts';
import { reasonOf } from '../../systemErrors.ts';

/**
 * Everything in a folder beside the place, which then gets its name: whoever looks sees a whole chart
 * or none. Files are 0600 in folders of 0700: values may be secret.
 * @throws ReleasesError EXISTS where something is there that isn't an empty folder, FILE
 */
export async function writeChartFolder(path: string, files: readonly ChartFile[]): Promise<void> {
  const folder = resolve(path);
  await refuseTaken(folder, path);
  const draft = join(dirname(folder), `.${basename(folder)}-${randomBytes(6).toString('hex')}`);
  try {
    await makeFolder(dirname(folder));
    await mkdir(draft, { mode: 0o700 });
    for (const file of files) {
      const to = join(draft, ...file.path.split('/'));
      await makeFolder(dirname(to));
      await writeFile(to, file.data, { mode: 0o600, flag: 'wx' });
    }
    await rmdir(folder).catch(ignoreMissing);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw fileError(error, path);
  }
}

async function refuseTaken(folder: string, path: string): Promise<void> {
  const there = await lstat(folder).catch(ignoreMissing);
  if (!there) return;
  if (there.isDirectory() && (await readdir(folder)).length === 0) return;
  throw taken(path, there.isDirectory() ? 'is a folder that holds something' : 'is there already');
}

/**
 * What `helm package` makes: a gzipped tar in which every path begins with the chart's name.
 * @throws ReleasesError EXISTS, FILE
 */
export async function writeChartArchive(path: string, chart: ExtractedChart): Promise<void> {
  const { packTar } = await import('modern-tar');
  const packed = await packTar(
    chart.files.map(({ path: name, data }) => ({
      header: {
        ...{ name: `${chart.name}/${name}`, size: data.length, type: 'file' as const },
        ...{ mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) },
      },
      body: data,
    })),
  );
  const bytes = await promisify<Uint8Array, Buffer>(gzip)(packed);
  const file = resolve(path);
  let written: boolean;
  try {
    await makeFolder(dirname(file));
    written = await writeNew(file, bytes);
  } catch (error) {
    throw fileError(error, path);
  }
  if (!written) throw taken(path, 'is there already');
}

function taken(path: string, what: string): ReleasesError {
  return new ReleasesError('EXISTS', `${typed(path, 200)} ${what}, and nothing is overwritten`, {
    hints: ['another name, one that is not there yet'],
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

function fileError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof ReleasesError || typeof code !== 'string') return error;
  return new ReleasesError('FILE', `${typed(path, 200)} can't be written: ${reasonOf(code)}`);
}
