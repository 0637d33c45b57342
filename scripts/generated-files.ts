// Which files follow from tables in the code, and how is each made? `textFrom` gets the file as it is.
import { actionYaml, readmeWithTables } from './interface-text.ts';
import { COMMANDS } from '../src/config/config.ts';
import { readmeWithNeeds, roleYaml } from './rbac-text.ts';

export const generatedFiles: readonly (readonly [name: string, textFrom: (present: string) => string])[] = [
  ['action.yml', () => actionYaml()],
  ['README.md', readmeWithTables],
  ['docs/rbac/README.md', readmeWithNeeds],
  ...COMMANDS.map((command) => [`docs/rbac/${command}.yaml`, () => roleYaml(command)] as const),
];
