/** Who else may write while a migration runs, and what they do: to one release, at one moment. */
import { fileURLToPath } from 'node:url';
import { openRecord } from '../../src/codecs/index.ts';
import { isBad, type ReleaseRecord } from '../../src/record.ts';
import type { Release } from '../../src/release.ts';
import type { Run } from '../cluster/clients.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { helm2Record, type Scenario } from './scenario.ts';

/** The release that everybody works on. */
export const contested = 'app-01';

export interface Place {
  readonly cluster: Cluster;
  readonly scenario: Scenario;
  readonly run: Run;
  /** helm 3 or helm 4. */
  readonly helm: string;
}

export interface Writer {
  readonly title: string;
  /**
   * What it does, in acts that come one request of the migration after the other.
   * @returns whether there was anything for it to work on
   */
  readonly acts: readonly ((place: Place) => Promise<boolean>)[];
  /** How many revisions it adds. */
  readonly adds: number;
  /** It removes revisions on purpose: from the source, or from the target. */
  readonly removes?: 'source' | 'target';
}

const chart = fileURLToPath(new URL('../cluster/chart', import.meta.url));

function revisionsOf({ records }: Scenario): ReleaseRecord[] {
  return records.filter(({ labels }) => labels['NAME'] === contested);
}

function newestOf(scenario: Scenario): Release {
  const newest = revisionsOf(scenario).at(-1);
  const opened = newest && openRecord(newest);
  if (!opened || isBad(opened)) throw new Error(`${contested} has no readable revision`);
  return opened.release;
}

function withStatus(release: Release, status: string): Release {
  if (!release.info) throw new Error('a release without info');
  return { ...release, info: { ...release.info, status } };
}

/** As Tiller's driver does: a new object with the time in one label, without a precondition. */
async function update({ cluster, scenario }: Place, release: Release): Promise<boolean> {
  const { key, labels, payload } = helm2Record(scenario.tiller, release);
  const { CREATED_AT: _, ...others } = labels;
  const now = String(Math.floor(Date.now() / 1000));
  const path = `/api/v1/namespaces/${scenario.tiller}/configmaps/${key}`;
  const metadata = { name: key, labels: { ...others, MODIFIED_AT: now } };
  const { status } = await cluster.request('PUT', path, { metadata, data: { release: payload } });
  if (status !== 200 && status !== 404) throw new Error(`PUT ${path}: ${status}`);
  return status === 200;
}

function upgraded(scenario: Scenario, status: string): Release {
  const newest = newestOf(scenario);
  return withStatus({ ...newest, revision: newest.revision + 1 }, status);
}

/** pkg/tiller/release_update.go: pending, then the old one superseded, then deployed. */
export const tillerUpgrade: Writer = {
  title: 'a Tiller upgrades',
  adds: 1,
  acts: [
    async ({ scenario }) => {
      const record = helm2Record(scenario.tiller, upgraded(scenario, 'pending-upgrade'));
      await scenario.addSource(record);
      return true;
    },
    (place) => update(place, withStatus(newestOf(place.scenario), 'superseded')),
    (place) => update(place, upgraded(place.scenario, 'deployed')),
  ],
};

const tillerDelete: Writer = {
  title: 'a Tiller deletes and keeps the history',
  adds: 0,
  acts: [(place) => update(place, withStatus(newestOf(place.scenario), 'uninstalled'))],
};

const tillerPurge: Writer = {
  title: 'a Tiller purges',
  adds: 0,
  removes: 'source',
  acts: [
    async ({ cluster, scenario }) => {
      const path = `/api/v1/namespaces/${scenario.tiller}/configmaps`;
      const deletes = revisionsOf(scenario).map(({ key }) =>
        cluster.request('DELETE', `${path}/${key}`),
      );
      return (await Promise.all(deletes)).some(({ status }) => status === 200);
    },
  ],
};

function helmAct(...args: readonly string[]): (place: Place) => Promise<boolean> {
  return async ({ cluster, scenario, run, helm }) => {
    const namespace = scenario.namespaces[0] ?? '';
    const all = [...args, '-n', namespace, '--no-hooks'];
    const ran = await run(helm, all, { kubeconfig: cluster.adminKubeconfig });
    return ran.code === 0;
  };
}

const upgrade = helmAct('upgrade', contested, chart);

const helmUpgrade: Writer = {
  title: 'Helm upgrades and rolls back',
  adds: 2,
  acts: [async (place) => (await upgrade(place)) && (await helmAct('rollback', contested)(place))],
};

const helmPrunes: Writer = {
  title: 'Helm upgrades and prunes',
  adds: 1,
  removes: 'target',
  acts: [helmAct('upgrade', contested, chart, '--history-max', '2')],
};

const helmUninstall: Writer = {
  title: 'Helm uninstalls',
  adds: 0,
  removes: 'target',
  acts: [helmAct('uninstall', contested)],
};

const helmKeepHistory: Writer = {
  title: 'Helm uninstalls and keeps the history',
  adds: 0,
  acts: [helmAct('uninstall', contested, '--keep-history')],
};

export const tillers: readonly Writer[] = [tillerUpgrade, tillerDelete, tillerPurge];
export const helms: readonly Writer[] = [helmUpgrade, helmPrunes, helmUninstall, helmKeepHistory];
