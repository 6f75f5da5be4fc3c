// What a payload says (a Secret's or ConfigMap's data.release): node decode-record.mjs < PAYLOAD
import { text } from 'node:stream/consumers';
import { decodePayload, isReleasesError } from 'kubectl-releases/codecs';

try {
  const { name, namespace, revision, helm, info, chart } = decodePayload(
    (await text(process.stdin)).trim(),
  );
  console.log(`${name} ${revision} in ${namespace}: ${info.status}, by Helm ${helm}`);
  console.log(`chart ${chart?.metadata?.name} ${chart?.metadata?.version}`);
} catch (error) {
  console.error(isReleasesError(error) ? `${error.code}: ${error.message}` : error);
  process.exitCode = 1;
}
