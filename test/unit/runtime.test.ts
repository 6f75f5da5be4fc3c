/** A Node that is too old is refused by name: `engines` of package.json, as a check. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refusedRuntime } from '../../src/runtime.ts';

describe('refusedRuntime', () => {
  it.each(['20.19.0', '20.20.2', '22.12.0', '23.0.0', '24.0.0', '30.1.2'])('takes %s', (node) => {
    expect(refusedRuntime({ node })).toBeUndefined();
  });

  it.each(['8.0.0', '18.20.8', '20.18.3', '21.7.3', '22.0.0', '22.11.0'])('refuses %s', (node) => {
    const refused = refusedRuntime({ node });
    expect(refused).toMatchObject({ code: 'RUNTIME', exitCode: 1 });
    expect(refused?.message).toContain(`this is Node ${node}: `);
    expect(refused?.hints.join()).toContain('standalone');
  });

  it('says what package.json says', () => {
    const { engines } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(engines).toEqual({ node: '^20.19.0 || >=22.12.0' });
  });
});
