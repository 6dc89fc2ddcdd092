import { databaseOf } from '../../lib/simulator/cluster.ts';
import type { FaultEffect } from '../../lib/simulator/faults.ts';
import { shortName } from '../../lib/simulator/fleet.ts';
import { type ChaosLab, FIRST, SECOND } from './rollout-chaos-lab.ts';
import { picked, type Situation } from './rollout-chaos-situation.ts';
import type { Incident, Moment } from './rollout-chaos-troubles.ts';
import { changeFromOutside, loseProxies, takeNodeDown } from './rollout-trouble.ts';

/** Lets something happen once at its moment. */
export function once(lab: ChaosLab, moment: Moment, happens: () => unknown): void {
  if ('command' in moment) lab.at({ nth: moment.command, when: moment.when, happens });
  else if ('second' in moment) lab.clock.arrange(moment.second, () => void happens());
  else {
    let left = moment.nth;
    lab.on(async ({ type }, id) => {
      if (type !== moment.event || id !== FIRST) return;
      left -= 1;
      if (left === 0) await happens();
    });
  }
}

function disturb(lab: ChaosLab, cluster: string, what: string): void {
  lab.disturbed.set(cluster, [...(lab.disturbed.get(cluster) ?? []), what]);
}

/** Somebody asks both rollouts for it; one that has nothing to do about it refuses. */
async function ask(lab: ChaosLab, control: Extract<Incident, { kind: 'ask' }>['control']): Promise<void> {
  // Whoever asks while nobody runs the rollout has to take it up as well.
  if (lab.isDown) return;
  for (const id of [FIRST, SECOND]) {
    const record = await lab.rollouts.get(id);
    if (record?.status !== 'running') continue;
    const { accepted } = await lab.ask(control, id);
    if (accepted) lab.asked.push({ id, control });
  }
}

function touch(lab: ChaosLab, incident: Extract<Incident, { at: unknown }>): void {
  const { on, database } = picked(lab.fleet, incident.at);
  const name = shortName(on);
  disturb(lab, name, incident.kind);
  if (incident.kind === 'silence') {
    lab.clusters.silent.add(name);
    if (incident.seconds !== undefined) lab.clock.arrange(incident.seconds, () => lab.clusters.silent.delete(name));
  }
  if (incident.kind === 'node-down') takeNodeDown(on, incident.node);
  if (!database) return;
  if (incident.kind === 'lose-proxies') loseProxies(on, database.id);
  if (incident.kind === 'change') changeFromOutside(on, databaseOf(on, database.id).id, incident.set);
  if (incident.kind === 'drop') on.databases = on.databases.filter(({ id }) => id !== database.id);
}

async function happen(lab: ChaosLab, incident: Incident): Promise<void> {
  lab.history.notice();
  if (incident.kind === 'crash') lab.crash();
  else if (incident.kind === 'ask') await ask(lab, incident.control);
  else if (incident.kind === 'alarm') {
    lab.alarms.ringing.add('lag');
    lab.alarmsRaised += 1;
    if (incident.seconds !== undefined) lab.clock.arrange(incident.seconds, () => lab.alarms.ringing.delete('lag'));
  } else touch(lab, incident);
  lab.history.notice();
}

const ofDatabase = (effect: FaultEffect): number | undefined => ('database' in effect ? effect.database : undefined);

/** Lets everything wait for its moment. */
export function arm(lab: ChaosLab, { faults, troubles, rejected }: Situation): void {
  for (const { cluster, fault } of faults) {
    const { on } = picked(lab.fleet, { cluster, database: 0 });
    const database = ofDatabase(fault.effect);
    const known = database === undefined || on.databases.some(({ id }) => id === database);
    if (known) on.faults.push(structuredClone(fault));
  }
  for (const { moment, incident } of troubles) once(lab, moment, () => happen(lab, incident));
  lab.on(async (event, id) => {
    if (event.type === 'approval-requested') await lab.decide(event.wave === rejected ? 'reject' : 'approve', 'bob', id);
  });
}

/** Notes which clusters the scripted faults have hit. */
export function noteHits(lab: ChaosLab): void {
  for (const cluster of lab.fleet)
    for (const { seen = 0, nth = 1, effect } of cluster.faults) if (seen >= nth) disturb(lab, shortName(cluster), effect.kind);
}
