// How are properties tried when every line of the engine is changed in turn? With the same few examples each time.
import * as fc from 'fast-check';

fc.configureGlobal({ seed: 20_261_125, numRuns: 20 });
