/** Something in a calendar file that cannot be understood, or not safely. */
export class CalendarFault extends Error {
  /** Line of the file, counted from 1, where the fault has a place. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

export interface Property {
  /** In capitals. */
  readonly name: string;
  /** Names in capitals. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly value: string;
  readonly line: number;
}

export interface Component {
  readonly name: string;
  readonly line: number;
  readonly properties: Property[];
  readonly components: Component[];
}

interface Line {
  readonly text: string;
  readonly line: number;
}

/** Lines that begin with a blank go on where the line before ended (RFC 5545, 3.1). */
function unfold(text: string): Line[] {
  const lines: Line[] = [];
  for (const [index, part] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const previous = lines.at(-1);
    if (/^[ \t]/.test(part) && previous) lines[lines.length - 1] = { ...previous, text: previous.text + part.slice(1) };
    else if (part !== '') lines.push({ text: part, line: index + 1 });
  }
  return lines;
}

const VALUE = '(?:"[^"]*"|[^";:,]*)';
const PARAMETER = `;[A-Za-z0-9-]+=${VALUE}(?:,${VALUE})*`;
const CONTENT_LINE = new RegExp(`^([A-Za-z0-9-]+)((?:${PARAMETER})*):(.*)$`, 's');

function parseLine({ text, line }: Line): Property {
  const [, name, parameters = '', value = ''] = CONTENT_LINE.exec(text) ?? [];
  if (name === undefined) throw new CalendarFault(`"${text.slice(0, 40)}" is no line of a calendar`, line);
  const pairs = [...parameters.matchAll(new RegExp(PARAMETER, 'g'))].map(([parameter]) => {
    const equals = parameter.indexOf('=');
    return [parameter.slice(1, equals).toUpperCase(), parameter.slice(equals + 1).replaceAll('"', '')] as const;
  });
  return { name: name.toUpperCase(), parameters: Object.fromEntries(pairs), value, line };
}

/**
 * The calendar that a text in the form of iCalendar (RFC 5545) holds.
 * @throws CalendarFault when it holds none or several, or is cut off or otherwise malformed.
 */
export function parseCalendar(text: string): Component {
  if (text.trim() === '') throw new CalendarFault('the file is empty');
  const root: Component = { name: '', line: 0, properties: [], components: [] };
  const open = [root];
  for (const { name, parameters, value, line } of unfold(text).map(parseLine)) {
    const innermost = open.at(-1) ?? root;
    const word = value.toUpperCase();
    if (name === 'BEGIN') {
      const component = { name: word, line, properties: [], components: [] };
      innermost.components.push(component);
      open.push(component);
    } else if (name === 'END') {
      if (innermost === root || word !== innermost.name) throw new CalendarFault(`END:${value} ends nothing that has begun here`, line);
      open.pop();
    } else if (innermost === root) throw new CalendarFault('a calendar begins with BEGIN:VCALENDAR', line);
    else innermost.properties.push({ name, parameters, value, line });
  }
  const unfinished = open.at(-1);
  if (unfinished !== undefined && unfinished !== root)
    throw new CalendarFault(`${unfinished.name} has no end: the file is cut off`, unfinished.line);
  const [calendar, second] = root.components;
  if (calendar?.name !== 'VCALENDAR' || second) throw new CalendarFault('expected exactly one VCALENDAR', (second ?? calendar)?.line);
  return calendar;
}

export const allOf = ({ properties }: Component, name: string): Property[] => properties.filter((property) => property.name === name);

/** @throws CalendarFault when it is there more than once. */
export function oneOf(component: Component, name: string): Property | undefined {
  const [property, second] = allOf(component, name);
  if (second) throw new CalendarFault(`${name} is there twice`, second.line);
  return property;
}

/** @throws CalendarFault when it is not there exactly once. */
export function requiredOf(component: Component, name: string): Property {
  const property = oneOf(component, name);
  if (!property) throw new CalendarFault(`${component.name} has no ${name}`, component.line);
  return property;
}
