import type { Finding } from '../contracts/plan.ts';

/** Findings in words: `blockers` refuse a change, `warnings` are shown to whoever decides. */
export interface SaidFindings {
  readonly blockers: string[];
  readonly warnings: string[];
}

type Evidence = Finding['evidence'];

/** Makes the findings of one check; each carries what the check looked at. */
export const findingsOf = (check: string, evidence: Evidence) => ({
  blocks: (...says: string[]): Finding[] => says.map((text) => ({ check, effect: 'blocks', says: text, evidence })),
  warns: (...says: string[]): Finding[] => says.map((text) => ({ check, effect: 'warns', says: text, evidence })),
});

const ofEffect = (findings: readonly Finding[], effect: Finding['effect']): string[] =>
  findings.filter((finding) => finding.effect === effect).map(({ says }) => says);

export const sayFindings = (findings: readonly Finding[]): SaidFindings => ({
  blockers: ofEffect(findings, 'blocks'),
  warnings: ofEffect(findings, 'warns'),
});

/** The same findings where nothing may stand in the way: blockers first, all as warnings. */
export const soften = (findings: readonly Finding[]): Finding[] =>
  (['blocks', 'warns'] as const).flatMap((effect) =>
    findings.filter((finding) => finding.effect === effect).map((finding) => ({ ...finding, effect: 'warns' as const })),
  );
