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
  const text = read('krew-manifest.yaml');
  const manifest = parse(text);

  it('keeps krew’s rules, except for what the release build fills in', () => {
    expect(manifest).toMatchObject({
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'releases' },
      spec: { version: `v${version}` },
    });
    const { shortDescription, description, platforms } = manifest.spec;
    expect(shortDescription).toMatch(/^[A-Z][^\n]{10,49}$/);
    expect(description.length).toBeGreaterThan(shortDescription.length);
    expect(platforms.length).toBeGreaterThan(0);
    for (const platform of platforms) {
      expect(platform.bin).toMatch(/^[\w.-]+$/);
      const froms: string[] = platform.files.map((file: { from: string }) => file.from);
      expect(froms).toContain('LICENSE');
      expect(froms.map((from) => from.split('/').pop())).toContain(platform.bin);
    }
  });

  it('promises no archive that was never made', () => {
    for (const platform of manifest.spec.platforms) {
      expect(platform.uri).toBeUndefined();
      expect(platform.sha256).toBeUndefined();
    }
    expect(text).toContain('which the release build writes');
  });
});
