import { cleanLines } from './text.ts';

/**
 * Tasks of `rladmin cluster running_actions`, as printed.
 * @returns undefined when the output has neither of the two known forms: that is not the same as idle.
 */
export function readRunningActions(output: string): string[] | undefined {
  const lines = cleanLines(output).filter((line) => line.trim() !== '');
  if (lines.length === 1 && /^No active tasks\.?$/i.test(lines[0] ?? '')) return [];
  const announced = /^Got (\d+) tasks?:$/.exec(lines[0] ?? '')?.[1];
  const tasks = lines.slice(1).filter((line) => /^\s*\d+\)\s/.test(line));
  return announced !== undefined && Number(announced) === tasks.length
    ? tasks.map((line) => line.replace(/^\s*\d+\)\s*(?:Task:\s*)?/, ''))
    : undefined;
}
