/** The methods of `files`, and the address where a file goes in between. */
import { because, channelFor, Refusal } from './refusal.ts';
import { APP, type State } from './state.ts';
import type { Args } from './wire.ts';

export function getUploadUrl({ filename, length }: Args, { uploads, origin }: State): object {
  const bytes = Number(length);
  if (typeof filename !== 'string' || !(bytes > 0)) throw because('invalid_arguments', ['missing required field: filename, length']);
  const id = `F${String(uploads.size + 1).padStart(8, '0')}`;
  uploads.set(id, { file: { id, name: filename }, length: bytes });
  return { upload_url: `${origin}/upload/v1/${id}`, file_id: id };
}

/** Takes the content of a file. @returns the status of the answer. */
export function upload(id: string, text: string, { uploads }: State): number {
  const standing = uploads.get(id);
  if (!standing) return 404;
  if (Buffer.byteLength(text) !== standing.length) return 400;
  standing.text = text;
  return 200;
}

export function completeUpload({ files, channel_id, thread_ts }: Args, state: State): object {
  const channel = channelFor(state, channel_id);
  const named = (Array.isArray(files) ? files : []) as { id?: string; title?: string }[];
  const shared = named.map(({ id = '', title }) => {
    const { file, text } = state.uploads.get(id) ?? {};
    if (!file || text === undefined) throw new Refusal('file_not_found');
    return { ...file, title: title ?? file.name, text };
  });
  if (shared.length === 0) throw because('invalid_arguments', ['missing required field: files']);
  if (thread_ts !== undefined && !state.channels.find(thread_ts, channel.id)) throw new Refusal('thread_not_found');
  const thread = thread_ts === undefined ? {} : { thread: String(thread_ts) };
  state.channels.post(channel.id, { author: APP.user, files: shared, said: { text: '', blocks: [] }, ...thread });
  for (const { id } of shared) state.uploads.delete(id);
  return { files: shared.map(({ id, title }) => ({ id, title })) };
}
