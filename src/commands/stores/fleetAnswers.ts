/** A command that reads, asked of several clusters: its answers, one after the other, each with its context. */
import { type ExitCode, printable } from '../../errors.ts';
import type { IO } from '../../output/terminal/io.ts';
import { writeText } from '../../output/terminal/text.ts';
import type { Command, ParsedArgs } from '../command.ts';
import { usage } from '../line/arguments.ts';
import {
  captured,
  contextsOf,
  type FleetArgs,
  inEachContext,
  sayOnce,
  worstCode,
} from './fleet.ts';

/**
 * In alphabetical order of the contexts. As JSON each is a line, `{"context":"prod-a","data":…}`; everything
 * else has a line above it, `# context prod-a`, which is a comment in YAML.
 * @throws ReleasesError as `contextsOf`; USAGE with --watch, which never ends
 */
export async function answersOf(command: Command, args: ParsedArgs, io: IO): Promise<ExitCode> {
  if (args.watch || args['watch-only'])
    throw usage(`${command.name} --watch follows one cluster`, ['--context names it']);
  const contexts = await contextsOf(args as FleetArgs, io.env);
  const { contexts: _, ...one } = args;
  const { done, failed } = await inEachContext(
    contexts,
    async (context) => {
      const [stdout, stderr] = [captured(io.stdout), captured(io.stderr)];
      const streams = { ...io, stdout: stdout.out, stderr: stderr.out };
      const code = await command.handler({ ...one, context }, streams);
      return { code, text: stdout.text(), notes: stderr.text() };
    },
    io,
  );
  sayOnce(
    done.map(({ context, result }) => [context, result.notes]),
    io,
  );
  for (const [at, { context, result }] of done.entries()) {
    const name = printable(context, 120);
    if (args.output === 'json')
      writeText(`{"context":${JSON.stringify(context)},"data":${result.text.trim()}}\n`, io);
    else {
      const apart = at === 0 ? '' : areDocuments(command, args) ? '---\n' : '\n';
      const end = result.text === '' || result.text.endsWith('\n') ? '' : '\n';
      io.stdout.write(`${apart}# context ${name}\n${result.text}${end}`);
    }
  }
  const codes = done.map(({ result }) => result.code);
  return worstCode(codes, failed);
}

function areDocuments({ inContexts }: Command, { output, template }: ParsedArgs): boolean {
  return output === 'yaml' || (inContexts === 'documents' && !output && !template);
}
