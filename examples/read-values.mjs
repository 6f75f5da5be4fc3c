// The values of a release's newest revision, from any store: node read-values.mjs ADDRESS NAME
import { isBad, openRecord } from 'kubectl-releases/codecs';
import { openStore } from 'kubectl-releases/stores';

const [address = 'secret', name = ''] = process.argv.slice(2);
const { storage, close } = await openStore(address);
try {
  let newest;
  for await (const page of storage.list({ name }))
    for (const record of page) {
      const opened = openRecord(record);
      if (isBad(opened)) console.error(`${opened.key}: ${opened.unreadable}`);
      else if (!newest || opened.release.revision > newest.revision) newest = opened.release;
    }
  console.log(newest?.revision, newest?.config);
} finally {
  close();
}
