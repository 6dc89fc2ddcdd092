/**
 * Whether a pattern stands for a whole text: `*` for any number of characters, `?` for exactly one; case matters. Only the latest star is
 * ever tried anew, so no pattern costs more steps than its length times that of the text.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let [at, place] = [0, 0];
  let latestStar: { readonly place: number; at: number } | undefined;
  while (at < text.length) {
    if (pattern[place] === '*') {
      latestStar = { place, at };
      place += 1;
    } else if (pattern[place] === '?' || pattern[place] === text[at]) {
      place += 1;
      at += 1;
    } else if (latestStar) {
      latestStar.at += 1;
      place = latestStar.place + 1;
      at = latestStar.at;
    } else return false;
  }
  return isStars(pattern.slice(place));
}

/** Whether a pattern, or what is left of one, needs no character at all. */
export const isStars = (pattern: string): boolean => /^\**$/.test(pattern);
