/** A home of Helm 2 to move, in a folder of its own for each test of the file that imports this. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { runCli } from './cli-io.ts';

/** The person's home, new for each test. */
export let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'move-config-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

export const home = (...path: string[]) => join(root, '.helm', ...path);
export const config = (...path: string[]) => join(root, '.config', 'helm', ...path);
export const data = (...path: string[]) => join(root, '.local', 'share', 'helm', ...path);

export function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}

export function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

export const pluginFile = (name: string, version = '1.0.0') =>
  `name: "${name}"\nversion: "${version}"\nusage: "u"\ndescription: "d"\ncommand: "$HELM_PLUGIN_DIR/run.sh"\n`;

/** A plugin where Helm 2's installer puts it: in the cache, with a link. */
export function install(name: string): string {
  const cached = home('cache', 'plugins', `https-example.com-${name}`);
  write(join(cached, 'plugin.yaml'), pluginFile(name));
  write(join(cached, 'run.sh'), '#!/bin/sh\necho runs\n', 0o755);
  link(cached, home('plugins', name));
  return cached;
}

export const repositories = (...names: readonly string[]) =>
  `apiVersion: v1\ngenerated: "2019-08-02T11:33:20Z"\nrepositories:\n${names
    .map(
      (name) =>
        `- name: ${name}\n  url: https://${name}.example.com\n  cache: ${name}-index.yaml\n`,
    )
    .join('')}`;

export function wholeHome(): void {
  write(home('repository', 'repositories.yaml'), repositories('stable', 'own'));
  install('diff');
  write(home('starters', 'web', 'Chart.yaml'), 'name: web\nversion: 0.1.0\n');
  write(home('starters', 'web', 'templates', 'cm.yaml'), 'name: <CHARTNAME>\n');
}

export const run = (...args: readonly string[]) =>
  runCli(['move-config', ...args], { env: { HOME: root } });

/** Root may read everything. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await work();
  chmodSync(root, 0o755);
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

export interface Data {
  readonly items: readonly {
    kind: string;
    name: string;
    verdict: string;
    why?: string;
    notes?: string[];
  }[];
  readonly outcomes?: readonly { name: string; result: string }[];
}

export async function rows(...args: readonly string[]): Promise<Record<string, string>> {
  const { out } = await run('--dry-run', '-o', 'json', ...args);
  const { items } = JSON.parse(out) as Data;
  return Object.fromEntries(
    items.map(({ kind, name, verdict, why }) => [
      `${kind} ${name}`,
      why ? `${verdict}: ${why}` : verdict,
    ]),
  );
}

/** Every path with its content or target, so that two moments can be compared. */
export function snapshot(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink()) return `${path} -> ${readlinkSync(path)}`;
      const mode = (statSync(path).mode & 0o777).toString(8);
      return entry.isFile() ? `${path} ${mode} ${readFileSync(path, 'utf8')}` : `${path} ${mode}/`;
    })
    .sort();
}
