/** The two files by which helm and krew know this program, held to their formats and to the package. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

describe('plugin.yaml', () => {
  const plugin = parse(read('plugin.yaml')) as { [field: string]: unknown };

  it('has only fields that Helm 3.8 knows: it reads them strictly', () => {
    const known = ['name', 'version', 'usage', 'description', 'platformCommand', 'command'];
    const more = ['ignoreFlags', 'useTunnel', 'hooks', 'downloaders'];
    for (const field of Object.keys(plugin)) expect([...known, ...more]).toContain(field);
  });

  it('names the program, its version and the file that the build makes', () => {
    expect(plugin).toMatchObject({ name: 'releases', version });
    expect(plugin.command).toBe('node $HELM_PLUGIN_DIR/dist/kubectl-releases.js');
  });
});

describe('krew-manifest.yaml', () => {
  const manifest = parse(read('krew-manifest.yaml'));

  it('is this version’s, and promises no archive: those come with the packages', () => {
    expect(manifest.spec.version).toBe(`v${version}`);
    for (const platform of manifest.spec.platforms) {
      expect(platform.uri).toBeUndefined();
      expect(platform.sha256).toBeUndefined();
    }
  });

  it('asks for nothing that the packages don’t need', () => {
    expect(manifest.spec.caveats).not.toContain('Node');
  });
});
