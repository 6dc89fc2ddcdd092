import { cancel, decide } from '../../lambdas/gates/decide.ts';
import { localPorts } from '../local/ports.ts';
import { configurationFor } from './configuration.ts';
import { currentIdentity } from './person.ts';

/** Decisions on changes of this machine, by the account that this process runs under. */
export function localDesk(config: string | undefined) {
  const ports = localPorts({ loaded: configurationFor(config), keep: true });
  const identity = currentIdentity();
  return {
    look: (changeId: string) => ports.store.gate(changeId),
    decide: (decision: Omit<Parameters<typeof decide>[1], 'identity'>) => decide(ports, { ...decision, identity }),
    cancel: (asked: { changeId: string; reason?: string }) => cancel(ports, { ...asked, identity }),
    close: () => ports.store.close(),
  };
}
