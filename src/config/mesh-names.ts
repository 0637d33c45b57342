// Can this be the name of a revision, a tag, a namespace? Whether it exists is the cluster's to say.
// Lengths: Services `istiod-<revision>` and `istiod-revision-tag-<tag>` must fit into 63 characters.
import { asRevision, asTag, type Revision, type Tag } from '../mesh/names.ts';
import { bad, map, ok, shown, type Parsed } from './parsed.ts';

const LONGEST_REVISION = 56;
const LONGEST_TAG = 43;
const LONGEST_LABEL = 63;

/** A DNS label of at most 56 characters. */
export function parseRevision(text: string): Parsed<Revision> {
  if (/^v?\d+\.\d+/u.test(text)) {
    return bad(`${shown(text)} is a version; a revision has no dots, such as ${shown(text.replaceAll('.', '-'))}`);
  }
  return map(parseLabel(text, LONGEST_REVISION), asRevision);
}

/** A DNS label of at most 43 characters. */
export const parseTag = (text: string): Parsed<Tag> => map(parseLabel(text, LONGEST_TAG), asTag);

/** A DNS label of at most 63 characters. */
export const parseNamespace = (text: string): Parsed<string> => parseLabel(text, LONGEST_LABEL);

function parseLabel(text: string, longest: number): Parsed<string> {
  if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u.test(text)) {
    return bad(
      `${shown(text)} cannot be a name here: lower-case letters, digits and \`-\` only, a letter or digit at both ends`,
    );
  }
  return text.length > longest ? bad(`${shown(text)} is longer than ${longest} characters`) : ok(text);
}
