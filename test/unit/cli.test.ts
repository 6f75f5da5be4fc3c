import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nameArguments, readCommandLine } from '../../src/commands/line/arguments.ts';
import { exitCodeHelp } from '../../src/commands/line/help.ts';
import { clusterOptions, readOptions } from '../../src/commands/line/options.ts';
import { parseOptions } from '../../src/commands/line/parse.ts';
import { isConnection } from '../../src/commands/line/sharedOptions.ts';
import { commandTable } from '../../src/commands/table.ts';
import { exitCodes } from '../../src/errors.ts';
import { runCli } from './cli-io.ts';

describe('reading a command line', () => {
  const table = {
    ...clusterOptions,
    ...readOptions,
    all: { type: 'boolean', alias: 'A' },
    quiet: { type: 'boolean', alias: 'q' },
    max: { type: 'number' },
    output: { type: 'string', alias: 'o', choices: ['json', 'yaml'] },
    'no-headers': { type: 'boolean' },
  } as const;
  const read = (...argv: string[]) => readCommandLine(argv, table);

  it.each<[string[], string[]]>([
    [['-n', 'pay'], ['--namespace=pay']],
    [['-npay'], ['--namespace=pay']],
    [['-n=pay'], ['--namespace=pay']],
    [['--namespace', 'pay'], ['--namespace=pay']],
    [['--namespace=pay'], ['--namespace=pay']],
    [['--namespace='], ['--namespace=']],
    [['--namespace', '-x'], ['--namespace=-x']],
    [['-Aq'], ['--all=true', '--quiet=true']],
    [['-Aojson'], ['--all=true', '--output=json']],
    [
      ['-Ao', 'json'],
      ['--all=true', '--output=json'],
    ],
    [['-A=false'], ['--all=false']],
    [['--all=false'], ['--all=false']],
    [['--no-headers'], ['--no-headers=true']],
    [['-n', 'a', '--namespace=a'], ['--namespace=a']],
    [['--helm-release-storage-type', 'secrets'], ['--helm-release-storage-type=secret']],
    [['--helm2-release-storage-type=configmaps'], ['--helm2-release-storage-type=configmap']],
    [
      ['--storage', 'a', '--storage=b'],
      ['--storage=a', '--storage=b'],
    ],
    [['--max=3'], ['--max=3']],
    [['--token', 'a=b=c'], ['--token=a=b=c']],
    [['--kube-context', 'x'], ['--context=x']],
    [
      ['-t', 'a', '--tiller-ns=b', '--tiller-namespace', 'c'],
      ['--tiller-namespace=a', '--tiller-namespace=b', '--tiller-namespace=c'],
    ],
  ])('%j', (argv, options) => {
    expect(read(...argv)).toEqual({ options, positionals: [], help: false });
  });

  it('tells arguments from flags, and takes everything after -- as it is', () => {
    expect(read('a', '-A', 'b', '--', '-n', '--help')).toEqual({
      options: ['--all=true'],
      positionals: ['a', 'b', '-n', '--help'],
      help: false,
    });
    expect(read('-').positionals).toEqual(['-']);
    expect(read('-Ah').help).toBe('short');
    expect(read('--help').help).toBe('whole');
    expect(read('--help', '-h').help).toBe('whole');
  });

  it.each([
    [['--namespce=x'], 'unknown flag "--namespce"', 'did you mean --namespace?'],
    [['--__proto__'], 'unknown flag "--__proto__"', undefined],
    [['--constructor=1'], 'unknown flag "--constructor"', undefined],
    [['-z'], 'unknown flag "-z"', undefined],
    [['--t', 'x'], 'unknown flag "--t"', undefined],
    [['--tiler-ns', 'x'], 'unknown flag "--tiler-ns"', 'did you mean --tiller-ns?'],
    [['--kube-context'], '--kube-context needs a value', undefined],
    [['-Az'], 'unknown flag "-z"', undefined],
    [['-n'], '-n needs a value', undefined],
    [['--max'], '--max needs a value', undefined],
    [['--max=x'], '--max must be a whole number from 0 up, not "x"', undefined],
    [['--max=-1'], '--max must be a whole number from 0 up, not "-1"', undefined],
    [['--all=maybe'], '--all is either true or false, not "maybe"', undefined],
    [
      ['-n', 'a', '-n', 'b'],
      '--namespace is given twice, with different values',
      'it takes one: leave one away',
    ],
    [
      ['--token=canary', '--kube-token', 'other'],
      '--token is given twice, with different values',
      'it takes one: leave one away',
    ],
    [
      ['-Aq', '--all=false'],
      '--all is given twice, with different values',
      'it takes one: leave one away',
    ],
    [
      ['--helm-release-storage-type=toString'],
      '--helm-release-storage-type is one of secret, configmap, sql; not "toString"',
      '--helm-release-storage-type: what Helm 3 and 4 records are kept in; default: $HELM_DRIVER, else secret',
    ],
    [['-o', 'xml'], '--output is one of json, yaml; not "xml"', undefined],
    [['-o', '\u001b[31m'], '--output is one of json, yaml; not "\\u001b[31m"', undefined],
  ])('refuses %j', (argv, message, why) => {
    expect(() => read(...argv)).toThrow(
      expect.objectContaining({ code: 'USAGE', message, why: why === undefined ? [] : [why] }),
    );
  });

  it('gives yargs nothing that it could read in another way', () => {
    const line = read(
      '-n0x10',
      '--token=1e3',
      '--storage=dir:a.b=c',
      '--as=true',
      '--max=007',
      '-A',
    );
    expect(parseOptions(line.options, table)).toMatchObject({
      namespace: '0x10',
      token: '1e3',
      storage: ['dir:a.b=c'],
      as: 'true',
      max: 7,
      all: true,
    });
  });

  it('names arguments in order and refuses too few and too many', () => {
    const names = { what: 'required', name: 'optional' } as const;
    expect(nameArguments(['values'], names)).toEqual({ what: 'values', name: undefined });
    expect(nameArguments(['a', 'b', 'c'], { name: 'required', rest: 'many' })).toEqual({
      name: 'a',
      rest: ['b', 'c'],
    });
    expect(() => nameArguments([], names)).toThrow('WHAT is missing');
    const words = { what: ['values', 'all'], name: 'required' } as const;
    expect(nameArguments(['all', 'x'], words)).toEqual({ what: 'all', name: 'x' });
    expect(() => nameArguments(['billing'], words)).toThrow(
      'WHAT is one of values, all; not "billing"',
    );
    expect(() => nameArguments(['all'], words)).toThrow('NAME is missing');
    expect(() => nameArguments(['a', 'b', 'c'], names)).toThrow('unexpected argument "c"');
  });
});

describe('help', () => {
  it.each([[], ['help'], ['--help'], ['-h']])('%j lists every command', async (...argv) => {
    const { code, out, err } = await runCli(argv.filter(Boolean));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const { name } of commandTable) expect(out).toContain(`\n  ${name} `);
    expect(out).toContain('kubectl releases list -A');
    expect(out).toContain('--storage dir:./dump');
  });

  it('documents every exit code', () => {
    for (const code of Object.values(exitCodes)) expect(exitCodeHelp).toMatch(`\n  ${code} `);
    expect(exitCodeHelp.split('\n')).toHaveLength(Object.keys(exitCodes).length + 1);
  });

  it.each(commandTable.map((entry) => entry.name))(
    '%s --help shows usage, two examples, its flags and the exit codes',
    async (name) => {
      const { code, out, err } = await runCli([name, '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(`Usage: kubectl releases ${name}`);
      const command = await commandTable.find((entry) => entry.name === name)?.load();
      expect(command?.describe).toBe(commandTable.find((entry) => entry.name === name)?.describe);
      expect(command?.examples.length).toBeGreaterThanOrEqual(2);
      for (const [line] of command?.examples ?? []) expect(out).toContain(line);
      for (const [option, meaning] of Object.entries(command?.options ?? {}))
        if (!isConnection(option, meaning)) expect(out).toContain(`--${option}`);
      // kubectl's own stand in one place, which each command that takes them names.
      expect(out.includes('kubectl releases options')).toBe(!command?.local || name === 'options');
      if (!command?.local) expect(out).toContain('-n, --namespace');
      expect(out).toContain(command?.exitCodes?.join('\n') ?? exitCodeHelp);
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    },
  );

  it.each([
    ['list', "the releases' namespace; default: the context's"],
    ['migrate2to3', 'only releases of this namespace; default: all namespaces'],
    ['cleanup', 'only releases of this namespace; default: all namespaces'],
  ])('%s says what it takes without -n', async (name, meaning) => {
    const { out } = await runCli([name, '--help']);
    const lines = out.match(/^ +-n, --namespace VALUE +(.*)$/gm) ?? [];
    expect(lines.map((line) => line.trim().split(/ {2,}/)[1])).toEqual([meaning]);
  });

  it('fits a narrow terminal and breaks between words only', async () => {
    const { out } = await runCli(['get', '--help'], { terminal: 72 });
    const wide = await runCli(['get', '--help']);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(84);
    const words = (text: string) => text.split(/\s+/).filter(Boolean);
    expect(words(out)).toEqual(words(wide.out));
  });

  it('calls itself what the user called it', async () => {
    const { out } = await runCli(['list', '--help'], { program: 'helm releases' });
    expect(out).toContain('Usage: helm releases list');
    expect(out).not.toContain('kubectl releases');
  });

  it('is what `help COMMAND` prints, too', async () => {
    expect(await runCli(['help', 'list'])).toEqual(await runCli(['list', '--help']));
    expect(await runCli(['help', 'get', 'values'])).toEqual(await runCli(['get', '--help']));
    expect(await runCli(['help', '--help'])).toEqual(await runCli(['help']));
    expect((await runCli(['help', 'lits'])).err).toContain('did you mean list?');
  });

  it('lists the flags that all commands take', async () => {
    const { code, out } = await runCli(['options']);
    expect(code).toBe(0);
    for (const name of Object.keys(clusterOptions).filter((one) => one !== 'namespace'))
      expect(out.match(RegExp(`^ +(?:-\\w, )?--${name}(?![\\w-])`, 'gm')), name).toHaveLength(1);
  });

  it('gives help anywhere in the line, before it complains', async () => {
    const { code, out } = await runCli(['get', '-n', 'pay', '-h']);
    expect(code).toBe(0);
    expect(out).toContain('Usage: kubectl releases get WHAT NAME');
  });
});

describe('a wrong command line', () => {
  it.each([
    [
      ['lits'],
      'error: unknown command "lits"\n  did you mean list?\n  try: kubectl releases --help\n',
    ],
    [
      ['list', '--filtr', 'x'],
      'error: unknown flag "--filtr"\n  did you mean --filter?\n  try: kubectl releases list -h\n',
    ],
    [
      ['migrate', '--all'],
      'error: unknown command "migrate"\n  did you mean migrate2to3?\n  try: kubectl releases --help\n',
    ],
    [['list', 'x', 'y'], 'error: unexpected argument "x"\n  try: kubectl releases list -h\n'],
    [['history'], 'error: NAME is missing\n  try: kubectl releases history -h\n'],
    [
      ['get', 'vals', 'x'],
      'error: WHAT is one of values, manifest, hooks, notes, metadata, all; not "vals"\n  try: kubectl releases get -h\n',
    ],
    [
      ['get', 'manifest', 'x', '-o', 'name'],
      'error: --output is one of table, json, yaml, jsonpath=…; not "name"\n  try: kubectl releases get -h\n',
    ],
    [
      ['list', '--filter', '('],
      'error: --filter "(" is not a regular expression\n  try: kubectl releases list -h\n',
    ],
    [
      ['-n', 'list'],
      `error: no command given\n  commands: ${commandTable.map((one) => one.name).join(', ')}\n  try: kubectl releases --help\n`,
    ],
    [['version', '-n', 'x'], 'error: unknown flag "-n"\n  try: kubectl releases version -h\n'],
  ])('%j', async (argv, err) => {
    expect(await runCli(argv)).toEqual({ code: 2, out: '', err });
  });

  it('finds the command behind flags, as kubectl does', async () => {
    const flags = ['-n', 'list', '--context=x', '--helm', '2', '-oyaml', '--as', 'get'];
    flags.push('--tiller-ns', 'list', '-t', 'get', '--kube-context', 'x');
    const { code, err } = await runCli([...flags, 'history', '-o', 'yaml']);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: NAME is missing\n  try: kubectl releases history -h\n',
    });
  });
});

describe('what is loaded', () => {
  /** Files that importing these loads at once: dynamic imports wait. */
  function loaded(...files: readonly string[]): Set<string> {
    const seen = new Set<string>();
    const queue = files.map((file) => new URL(`../../src/${file}`, import.meta.url).href);
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      if (!file.startsWith('file:')) continue;
      const text = readFileSync(new URL(file), 'utf8');
      for (const [, types, from = ''] of text.matchAll(
        /^(?:import|export) (type )?(?:[^'";]*? from )?'([^']+)';/gm,
      ))
        if (!types) queue.push(from.startsWith('.') ? new URL(from, file).href : from);
    }
    return new Set([...seen].map((file) => file.replace(/^.*\/src\//, '')));
  }

  it('for --help and version is neither client, store, codec nor yaml', () => {
    const files = [...loaded('main.ts', 'commands/line/help.ts', 'commands/version.ts')];
    expect(files).toContain('cli.ts');
    expect(files).toContain('output/terminal/wrap.ts');
    expect(
      files.filter((file) =>
        /^(kube|storage|codecs|inspect|migrate)\/|^yaml$|^@|^proto/.test(file),
      ),
    ).toEqual([]);
    // The same look at a command that reads shows that looking works.
    expect([...loaded('commands/list.ts')]).toEqual(
      expect.arrayContaining(['inspect/newest.ts', 'codecs/index.ts', 'string-width', 'chalk']),
    );
  });
});

describe('version', () => {
  it('is one line, or JSON', async () => {
    expect((await runCli(['version'])).out).toMatch(
      /^kubectl-releases \d+\.\d+\.\d+ \(Node .+\)\n$/,
    );
    expect((await runCli(['--version'])).out).toBe((await runCli(['version'])).out);
    const { out } = await runCli(['version', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({ node: process.versions.node });
  });
});

describe('without a cluster and without an address', () => {
  it('says exactly that and shows the dir: form', async () => {
    expect(await runCli(['list'])).toEqual({
      code: 1,
      out: '',
      err: [
        'error: no cluster and no storage given',
        '  no kubeconfig was found (KUBECONFIG, ~/.kube/config, in-cluster)',
        '  try: --storage dir:./dump  to read a folder of manifests',
        '',
      ].join('\n'),
    });
  });

  it('refuses HELM_DRIVER=memory by name', async () => {
    const { code, err } = await runCli(['list', '-A'], { env: { HELM_DRIVER: 'memory' } });
    expect(code).toBe(2);
    expect(err).toMatch("error: HELM_DRIVER=memory can't be read\n");
    expect(err).toContain('--storage ADDRESS');
  });

  it('asks where the database of HELM_DRIVER=sql is', async () => {
    const { code, err } = await runCli(['list', '-A'], { env: { HELM_DRIVER: 'sql' } });
    expect(code).toBe(2);
    expect(err).toMatch('error: no SQL database is named\n');
    expect(err).toContain('HELM_DRIVER_SQL_CONNECTION_STRING=');
  });

  it('refuses a driver that Helm has not', async () => {
    const { code, err } = await runCli(['list', '-A'], { env: { HELM_DRIVER: 'floppy' } });
    expect(code).toBe(2);
    expect(err).toContain("error: HELM_DRIVER=floppy is no driver of Helm's\n");
  });
});
