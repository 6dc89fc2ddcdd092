/** Messages as people read them, over all kinds of blocks. */
import type { Button, KnownBlock } from '@slack/types';
import type { ChatMessage } from '../../../../../lambdas/ports/chat.ts';

const blocksOf = (message: ChatMessage | undefined): KnownBlock[] => (message?.blocks ?? []) as unknown as KnownBlock[];

export const buttonsOf = (message: ChatMessage | undefined): Button[] =>
  blocksOf(message).flatMap((block) => (block.type === 'actions' ? block.elements.filter((element) => element.type === 'button') : []));

export const confirmationsOf = (message: ChatMessage | undefined): string[] =>
  buttonsOf(message).flatMap(({ confirm }) => (confirm ? [confirm.text.text] : []));

const linesOf = (block: KnownBlock): string[] => {
  if (block.type === 'section') return block.text ? [block.text.text] : [];
  return block.type === 'context' ? block.elements.flatMap((element) => ('text' in element ? [element.text] : [])) : [];
};

/** All that is shown of a message, buttons aside. */
export const textOf = (message: ChatMessage | undefined): string => blocksOf(message).flatMap(linesOf).join('\n');
