/** Looks for credentials where none may be, in every spelling that they may have taken on the way. */

/** Credentials by what they are. */
export type Planted = Readonly<Record<string, string>>;
/** Text by where it was found. */
export type Places = Readonly<Record<string, string>>;

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
const inAscii = (text: string): string =>
  text.replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What of a text stands in its Base64, wherever in a longer text it begins: without the signs that its neighbours have a part in. */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return encoded.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
  });
}

/** Every spelling of a text, by name. */
export function spellingsOf(secret: string): [string, string][] {
  const json = escaped(secret);
  const percent = encodeURIComponent(secret);
  const spellings: [string, string][] = [
    ['plain', secret],
    ['in JSON', json],
    ['in JSON, ASCII only', inAscii(json)],
    ['in JSON in JSON', escaped(json)],
    ['in JSON in JSON, ASCII only', escaped(inAscii(json))],
    ['in JSON in JSON in JSON', escaped(escaped(json))],
    ['percent-encoded', percent],
    ['percent-encoded in small letters', percent.replace(/%../g, (code) => code.toLowerCase())],
    ['as a form', new URLSearchParams([['', secret]]).toString().slice(1)],
    ['as a path', encodeURI(secret)],
    ['as userinfo', new URL(`https://user:${percent}@host`).password],
    ['hexadecimal', Buffer.from(secret).toString('hex')],
  ];
  for (const [at, encoded] of inBase64(secret).entries())
    spellings.push([`Base64, byte ${at}`, encoded], [`Base64 for URLs, byte ${at}`, encoded.replaceAll('+', '-').replaceAll('/', '_')]);
  return spellings;
}

/** @returns a line for each credential and place, with the spelling it was found in and what stands before it. */
export function leaksIn(places: Places, planted: Planted): string[] {
  return Object.entries(places).flatMap(([place, text]) =>
    Object.entries(planted).flatMap(([what, secret]) => {
      const found = spellingsOf(secret).find(([, spelling]) => text.includes(spelling));
      if (!found) return [];
      const at = text.indexOf(found[1]);
      return [`${place}: ${what}, ${found[0]}, behind ${JSON.stringify(text.slice(Math.max(0, at - 200), at))}`];
    }),
  );
}

/** The lines of a key in PEM that tell it from others. */
export const linesOfKey = (pem: string): string[] =>
  pem
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= 20 && !line.startsWith('-----'));
