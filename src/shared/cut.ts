// How is a text shortened? With a mark where something is missing, so that redact.ts can tell half of a secret from a word.

export const CUT = '…';

/** The text, or its first `most` characters. */
export const beginningOf = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most)}${CUT}` : text;

/** The text, or its last `most` characters. */
export const endOf = (text: string, most: number): string => (text.length > most ? `${CUT}${text.slice(-most)}` : text);
