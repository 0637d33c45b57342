// What did a check find, how bad is it, and what can be done about it?

/** `blocks` can't be accepted away, `overridable` can (input `accept`), `notice` is only told. */
export interface Finding {
  /** Stable kebab-case id, unique with `subject`. */
  readonly id: string;
  readonly severity: 'blocks' | 'overridable' | 'notice';
  /** The object or input it is about, as people name it. */
  readonly subject: string;
  /** What is the matter; a sentence, with or without its full stop. */
  readonly message: string;
  /** What to do about it; a sentence. */
  readonly remedy: string;
}

/** The text as a sentence: with a full stop, unless it ends in a mark of its own. */
export const sentence = (text: string): string => (/[.?!…]$/u.test(text) ? text : `${text}.`);

/** What is the matter, and what to do about it. */
export const withRemedy = ({ message, remedy }: Pick<Finding, 'message' | 'remedy'>): string =>
  `${sentence(message)} ${remedy}`.trimEnd();

/** What is the matter with which object: many a message says only `it`. */
export const told = ({ subject, message }: Finding): string =>
  message.includes(subject) ? message : `${subject}: ${message}`;
