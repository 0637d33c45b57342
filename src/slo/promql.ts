// What is a query? Text that has been composed with every value escaped.
import type { Brand } from '../shared/brand.ts';

export type PromQL = Brand<string, 'PromQL'>;
