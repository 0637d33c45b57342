// Who started us, and where do they read along? One shape for a GitHub step and for a terminal; main chooses between them.
import type { LogPort } from './log.ts';

export interface RunContext {
  /** Who asked: a GitHub login, or `user@host`. */
  readonly actor: string;
  /** The run's page; empty outside a CI system that says it. */
  readonly url: string;
  /** Attempt of this job, from 1. */
  readonly attempt: number;
  /** The job's id in its workflow; empty outside one. */
  readonly job: string;
  /** This process and no other, for the lease: URL with attempt, job, and a random end. */
  readonly holder: string;
  /** What holders of the same run and attempt begin with: legs of one matrix wait for each other. */
  readonly runPrefix: string;
  /** The actor and where they asked, in one line: for the journal. */
  readonly requestedBy: string;
}

/** Everything people and machines get when a command has ended; made by report/, handed out by the edge. */
export interface Deliverables {
  /** All outputs but `report`, whose path only the edge knows. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly summary: string;
  /** JSON text. */
  readonly report: string;
  /** What the command was asked to show, such as a plan: unfolded, before the last lines. */
  readonly shown: readonly string[];
  /** The last lines, never folded; the first one is the ending. */
  readonly closing: readonly string[];
  /** Set on red endings: the annotation's text. */
  readonly failure?: string;
  /** For a command line; a GitHub step knows 0 and 1 only. */
  readonly exitCode: 0 | 1 | 2 | 3 | 4;
}

export interface Edge {
  readonly log: LogPort;
  /** As the user gave them, by input name; unset ones are absent. Names are not judged here. */
  readonly inputs: Readonly<Record<string, string>>;
  /** What the surroundings suggest for inputs that nobody set, such as a runner's job limit. */
  readonly defaults: Readonly<Record<string, string>>;
  readonly context: RunContext;
  /** From here on no line, output, summary or report shows `secret`; to be called before anything else sees it. */
  mask(secret: string): void;
  /** The text without any masked secret: for what is escaped before the edge sees it. */
  readonly clean: (text: string) => string;
  /** Prints at once and unfolded, whatever group is open: first lines, and what must be seen on a signal. */
  announce(lines: readonly string[]): void;
  /** Hands everything out, last lines first, and sets the exit code; what cannot be handed out is a warning, never an exception. */
  finish(deliverables: Deliverables): Promise<void>;
}
