// How is a moment written? In UTC, always, and to the second.

/** `2026-10-01 12:05:00Z`. */
export const utc = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+/, '');

/** `12:05:00Z`. */
export const utcTime = (ms: number): string => utc(ms).slice(11);

/** The same from ISO 8601 text; text that is no time stays as it is. */
export const utcOfIso = (iso: string): string => (Number.isNaN(Date.parse(iso)) ? iso : utc(Date.parse(iso)));
