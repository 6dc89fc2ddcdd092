import { INVALID_COMMAND, isWrite, type Reply, refusal, runWrite, successOf } from './behaviour.ts';
import { type SimulatedCluster, targetOf } from './cluster.ts';
import { follow, postpone, settle } from './consequences.ts';
import { disturb, effectsOn, type FaultEffect, timingOf } from './faults.ts';
import { renderStatus } from './render.ts';
import { renderInfo, renderRunningActions } from './render-info.ts';

export interface Answer {
  stdout: string;
  stderr: string;
  /** Null when the process never gets to an exit code: it dies silently, or hangs. */
  exitCode: number | null;
  /** Milliseconds between the change and the answer. */
  delayMs: number;
  hang: boolean;
}

/**
 * Answers one `rladmin` command line, changes the cluster accordingly and logs the command.
 * @param node - the node it is typed on. @default the one the cluster names
 */
export function answer(cluster: SimulatedCluster, argv: string[], node?: number): Answer {
  if (node === undefined) return answerLocally(cluster, argv);
  const usual = cluster.localNode;
  cluster.localNode = node;
  const spoken = answerLocally(cluster, argv);
  for (const command of cluster.commands.slice(-1)) command.node = node;
  if (usual === undefined) delete cluster.localNode;
  else cluster.localNode = usual;
  return spoken;
}

function answerLocally(cluster: SimulatedCluster, argv: string[]): Answer {
  settle(cluster);
  const effects = effectsOn(cluster, argv);
  disturb(cluster, effects, 'before');
  const target = targetOf(cluster, argv);
  const before = target && structuredClone(target);
  const timing = timingOf(effects);
  const written = isWrite(argv) ? write(cluster, argv, timing, effects) : undefined;
  disturb(cluster, effects, 'within');
  const reply = written ?? read(cluster, argv);
  if (reply.ok && timing === 'now') follow(cluster, argv, effects, before);
  disturb(cluster, effects, 'after');
  const spoken = speak(cluster, reply, effects);
  cluster.commands.push({ argv, exitCode: spoken.exitCode, applied: timing === 'now' && written?.ok === true });
  return spoken;
}

function write(cluster: SimulatedCluster, argv: string[], timing: 'now' | 'later' | 'never', effects: FaultEffect[]): Reply {
  if (timing === 'now') return runWrite(cluster, argv);
  if (timing === 'never') return successOf(cluster, argv);
  const rehearsed = runWrite(structuredClone(cluster), argv);
  for (const effect of effects) if (rehearsed.ok && effect.kind === 'delayed') postpone(cluster, argv, effect.commands);
  return rehearsed;
}

function read(cluster: SimulatedCluster, argv: string[]): Reply {
  if (argv.length === 0) return refusal('ERROR: the interactive shell is not simulated: pass a command');
  if (argv[0] === 'status') return renderStatus(cluster, argv);
  if (argv[0] === 'info') return renderInfo(cluster, argv);
  if (argv.join(' ') === 'cluster running_actions') return renderRunningActions(cluster);
  return refusal(`${INVALID_COMMAND}\nusage: rladmin { bind | cluster running_actions | info | status | tune }`);
}

function speak(cluster: SimulatedCluster, reply: Reply, effects: FaultEffect[]): Answer {
  const delayMs = effects.reduce((sum, effect) => sum + (effect.kind === 'slow' ? effect.ms : 0), cluster.latencyMs ?? 0);
  const hang = effects.some(({ kind }) => kind === 'hang');
  if (hang || effects.some(({ kind }) => kind === 'no-answer' || kind === 'lost'))
    return { stdout: '', stderr: '', exitCode: null, delayMs, hang };
  const { ok, text } = effects.reduce(distort, reply);
  const cut = effects.find((effect) => effect.kind === 'garbage')?.truncateAt;
  const printed = `${text}\n`.replaceAll('\n', cluster.layout.crlf ? '\r\n' : '\n').slice(0, cut);
  const toStdout = ok || cluster.layout.errorsTo === 'stdout';
  return { stdout: toStdout ? printed : '', stderr: toStdout ? '' : printed, exitCode: ok ? 0 : 1, delayMs, hang };
}

function distort(reply: Reply, effect: FaultEffect): Reply {
  if (effect.kind === 'fail' || effect.kind === 'fail-but-applied') return refusal(effect.text ?? 'ERROR: the operation failed');
  if (effect.kind !== 'garbage') return reply;
  return { ok: true, text: effect.truncateAt === undefined ? (effect.text ?? 'Segment 4 of 9 received') : reply.text };
}
