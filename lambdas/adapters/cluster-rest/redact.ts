const REDACTED = '[redacted]';
/** Deeper than any object of the API; what lies below is not looked at and not shown. */
const DEEPEST = 24;

const SECRET_NAME = /pass|pwd|secret|token|authoriz|credential|cookie|uri|key|cert|authentication_/i;
const SECRET_ENTRY = /((?:password|passwd|pwd|secret|token|credentials?)\w{0,20}["']?\s{0,4}[:=]\s{0,4})("[^"]*"?|'[^']*'?|[^\s,;}]+)/gi;
const AUTHORIZATION = /\b(Basic|Bearer|JWT)\s+[\w+/=.~-]+/gi;
const PEM = /-----BEGIN [\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g;
const ENDS_WITH_SCHEME = /(?:^|["'(=,<[{])[a-z][a-z0-9+.-]{0,30}$/i;

/** User and password stand before the last `@` of a word; a password may itself contain any of the other separators. */
function withoutUserinfo(word: string): string {
  const at = word.lastIndexOf('@');
  if (at < 0) return word;
  const before = word.slice(0, at);
  if (!before.includes(':') && !before.includes('//')) return word;
  const scheme = before.slice(0, Math.max(0, before.indexOf('://')));
  return `${ENDS_WITH_SCHEME.test(scheme.slice(-40)) ? `${scheme}://` : ''}${REDACTED}${word.slice(at)}`;
}

/** A text without credentials: userinfo of URIs, values that are named like secrets, keys and certificates. */
export const redactText = (text: string): string =>
  text
    .replace(PEM, REDACTED)
    .split(/(\s+)/)
    .map(withoutUserinfo)
    .join('')
    .replace(SECRET_ENTRY, `$1${REDACTED}`)
    .replace(AUTHORIZATION, `$1 ${REDACTED}`);

/** A JSON value without credentials, however deep they are. */
export function redactJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => redactJson(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      redactText(name),
      SECRET_NAME.test(name) && !isHarmless(item) ? REDACTED : redactJson(item, depth + 1),
    ]),
  );
}

const isHarmless = (value: unknown): boolean => value === null || value === '' || typeof value === 'boolean';

/** The body of an answer as it may be kept and shown. */
export function redactBody(text: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return redactText(text);
  }
  return JSON.stringify(redactJson(parsed));
}

/** The ways in which a cluster may repeat a secret that it was sent: as it is, inside JSON with or without escapes, in an address. */
function spellingsOf(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const escaped = inJson.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [...new Set([secret, inJson, escaped, encodeURIComponent(secret)])].filter((spelling) => spelling !== '');
}

/** Takes these very secrets out of a text, however they are spelled in it. */
export const hiding = (secrets: readonly string[]): ((text: string) => string) => {
  const spellings = secrets.flatMap(spellingsOf).sort((a, b) => b.length - a.length);
  return (text) => spellings.reduce((shown, spelling) => shown.replaceAll(spelling, '[redacted]'), text);
};
