import type { Finding } from '../contracts/plan.ts';

/** Findings in words: `blockers` refuse a change, `warnings` are shown to whoever decides. */
export interface SaidFindings {
  readonly blockers: string[];
  readonly warnings: string[];
}

type Evidence = Finding['evidence'];

/** Makes the findings of one check. The first carries what the check looked at; the others would only repeat it. */
export function findingsOf(check: string, evidence: Evidence) {
  const make = (effect: Finding['effect'], says: string[]): Finding[] =>
    says.map((text, index) => ({ check, effect, says: text, evidence: index === 0 ? evidence : {} }));
  return {
    blocks: (...says: string[]): Finding[] => make('blocks', says),
    warns: (...says: string[]): Finding[] => make('warns', says),
  };
}

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
