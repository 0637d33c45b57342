// How is a secret kept out of everything we write? By value, wherever it stands, also where a cut left only half of it.
// Of secrets that nobody named it knows those whose form cannot be anything else.
import { CUT } from './cut.ts';

export const REDACTED = '***';
/** Shorter values cannot be told from words and numbers: taking them out would mutilate every text. */
const SHORTEST = 4;
const SHORTEST_LINE = 8;

/** What a secret looks like on the way out: as it is, in JSON, in a URL, line by line; none for one too short. */
export function formsOf(secret: string): readonly string[] {
  const trimmed = secret.trim();
  if (trimmed.length < SHORTEST) return [];
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  const plain = [trimmed, ...lines.filter((line) => line.length >= SHORTEST_LINE)];
  const forms = plain.flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
    encodeURIComponent(form.toWellFormed()),
  ]);
  return [...new Set(forms)];
}

/** Tokens that can be told from everything else, whoever quotes them. */
const TOKENS = [
  /\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*/gu, // a JSON Web Token
  /\bya29\.[\w.-]{8,}/gu, // Google's access tokens
  /\bk8s-aws-v1\.[\w-]{8,}/gu, // EKS: a signed URL in base64
  /\bsha256~[\w-]{8,}/gu, // OpenShift
  /\b(?:gh[opsur]|github_pat)_\w{8,}/gu, // GitHub
];
const withoutKnownForms = (text: string): string =>
  TOKENS.reduce((clean, token) => clean.replaceAll(token, REDACTED), text);

/** The same, and without whatever stands behind `Bearer`: for the words of a program that handles tokens. */
export const withoutTokens = (text: string): string =>
  withoutKnownForms(text).replaceAll(/\b(bearer\s+)[^\s"']{8,}/giu, `$1${REDACTED}`);

/**
 * Without what a cut left of the secret: its beginning before the mark, its end behind it. What others say is shortened where it is
 * read, far from whoever knows the secrets, and some are known only later; a half that stands at a mark can be told here as well.
 */
function withoutHalves(text: string, form: string): string {
  if (!text.includes(CUT)) return text;
  return withoutEnds(withoutBeginnings(text, form), form);
}

function withoutBeginnings(text: string, form: string): string {
  const start = form.slice(0, SHORTEST);
  let clean = text;
  for (let at = clean.indexOf(start); at >= 0; at = clean.indexOf(start, at + 1)) {
    let length = SHORTEST;
    while (length < form.length && clean[at + length] === form[length]) length++;
    if (clean.startsWith(CUT, at + length)) clean = clean.slice(0, at) + REDACTED + clean.slice(at + length);
  }
  return clean;
}

function withoutEnds(text: string, form: string): string {
  const end = form.slice(-SHORTEST);
  let clean = text;
  for (let at = clean.indexOf(end); at >= 0; at = clean.indexOf(end, at + 1)) {
    let length = SHORTEST;
    const behind = at + SHORTEST;
    while (length < form.length && clean[behind - length - 1] === form.at(-length - 1)) length++;
    if (clean.endsWith(CUT, behind - length)) {
      clean = clean.slice(0, behind - length) + REDACTED + clean.slice(behind);
      at = behind - length;
    }
  }
  return clean;
}

export interface SecretKeeper {
  /** The forms that are kept from now on because of it. */
  add(secret: string): readonly string[];
  /** The text with every kept secret replaced, halves at a cut too, and every token that its form betrays, known or not. */
  readonly clean: (text: string) => string;
  /** Whether the text holds a kept secret. */
  readonly finds: (text: string) => boolean;
}

/** Remembers secrets; longer forms go first, and halves before whole ones, so that no part of one stays. */
export function secretKeeper(): SecretKeeper {
  let forms: readonly string[] = [];
  return {
    add: (secret) => {
      const added = formsOf(secret);
      forms = [...new Set([...forms, ...added])].toSorted((a, b) => b.length - a.length);
      return added;
    },
    clean: (text) => {
      const whole = forms.reduce(withoutHalves, text);
      return withoutKnownForms(forms.reduce((clean, form) => clean.replaceAll(form, REDACTED), whole));
    },
    finds: (text) => forms.some((form) => text.includes(form)),
  };
}

/** The same data with `clean` applied to every string in it, keys too. */
export function cleaned<T>(data: T, clean: (text: string) => string): T {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), walk(inner)]));
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- strings stay strings, so the shape stays
  return walk(data) as T;
}
