// What makes an archive a Helm plugin: plugin.yaml, and what helm asks when somebody presses Tab. The
// repository's own two files start Node; an archive's start the program beside them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { fromSources } from '../build.mjs';
import { root } from '../setup.mjs';
import { programOf } from './platforms.mjs';

/**
 * @param {import('./platforms.mjs').Platform} platform
 * @returns {Promise<import('./archive.mjs').Entry[]>}
 */
export async function helmPluginOf(platform) {
  const plugin = { name: 'plugin.yaml', content: Buffer.from(pluginYaml(platform)) };
  return [plugin, platform.os === 'windows' ? await completionYaml() : pluginComplete(platform)];
}

function pluginYaml(platform) {
  const document = parseDocument(readFileSync(join(root, 'plugin.yaml'), 'utf8'));
  const { description } = document.toJS();
  document.contents.items[0].key.commentBefore = null;
  document.set('description', description.replace(/\s*Needs Node .*$/, ''));
  document.set('command', `$HELM_PLUGIN_DIR/${programOf(platform)}`);
  return document.toString({ lineWidth: 0 });
}

function pluginComplete(platform) {
  const script = readFileSync(join(root, 'plugin.complete'), 'utf8');
  const own = script.replace(/^exec node ".*?"/m, `exec "$HELM_PLUGIN_DIR/${programOf(platform)}"`);
  return { name: 'plugin.complete', content: Buffer.from(own), executable: true };
}

/**
 * Windows starts no file of that name, and a batch file would hand what is being typed to its
 * interpreter. There helm completes the commands and flags that completion.yaml lists.
 */
async function completionYaml() {
  const { commandTable, optionsOf } = await fromSources(
    "export { commandTable } from './src/commands/table.ts'; export { optionsOf } from './src/commands/line/optionsOf.ts';",
  );
  const commands = [];
  for (const { name, load } of commandTable)
    commands.push({ name, flags: Object.keys(optionsOf(await load())).filter(isOurs) });
  return { name: 'completion.yaml', content: Buffer.from(stringify({ commands })) };
}

/** helm completes its own flags, and doesn't hand them on. */
const isOurs = (flag) => !['namespace', 'kubeconfig'].includes(flag);
