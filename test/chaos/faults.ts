// Which bad days are there? Each does one thing to the API server's or to Prometheus' answers, or to a control plane, from the moment
// it begins; what that means for an upgrade is for matrix.ts.
import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from '../cluster/api.ts';
import { eventually } from '../cluster/eventually.ts';
import type { Arena } from './arena.ts';
import { isMutation } from './mutations.ts';
import { repeating } from './repeating.ts';
import { type Call, faithful, type Reply, type Script } from './proxy.ts';
import { SOURCE, TARGET } from '../e2e/stage.ts';

export interface Fault {
  readonly name: string;
  /** A gate that begins after it cannot know how the users fare. */
  readonly blinds: boolean;
  /** Resolves when it has begun; it goes on by itself until `end`, or for as long as its name says. */
  begin(arena: Arena): Promise<void>;
  end(arena: Arena): Promise<void>;
}

/** What is bad about an API server is bad for so long. */
const WINDOW_MS = 3_000;

const status = (code: number, reason: string, headers: Reply['headers'] = {}): Reply => ({
  status: code,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message: `a test says ${reason}`,
  }),
});

/** The script for every call that begins within the window and is `concerned`. */
function apiServer(name: string, script: Script, concerned: (call: Call) => boolean = () => true): Fault {
  return {
    name,
    blinds: false,
    begin: async ({ proxy }) => {
      const untilMs = Date.now() + WINDOW_MS;
      proxy.script = async (call, forward) =>
        Date.now() < untilMs && concerned(call) ? script(call, forward) : forward();
    },
    end: async ({ proxy }) => {
      proxy.script = faithful;
    },
  };
}

const isWatch = ({ url }: Call): boolean => url.searchParams.get('watch') === 'true';

const cutWatches: Fault = {
  name: 'watches cut every 2 s',
  blinds: false,
  begin: async ({ proxy }) => {
    proxy.script = async (call, forward) => {
      const reply = await forward();
      const { body } = reply;
      if (isWatch(call) && typeof body !== 'string') setTimeout(() => body.destroy(), 2_000);
      return reply;
    };
    proxy.cut();
  },
  end: async ({ proxy }) => {
    proxy.script = faithful;
  },
};

const restartedApiServer: Fault = {
  name: 'API server restarted',
  blinds: false,
  begin: async ({ stage: { cluster } }) => {
    await cluster.processes.stop('apiserver');
    await cluster.processes.start('apiserver');
  },
  end: async () => undefined,
};

function noIstiod(whose: string, revision: string): Fault {
  const deployment = `istiod-${revision}`;
  return {
    name: `${whose} istiod down for 10 s`,
    blinds: false,
    begin: async (arena) => {
      // The one that is being installed goes as soon as it is there.
      await eventually(`deployment ${deployment}`, async () => scale(arena, deployment, 0));
      await pause(10_000);
      await scale(arena, deployment, 1);
    },
    end: async (arena) => {
      if (!(await scale(arena, deployment, 1))) return;
      const { kubectl } = arena.stage.cluster;
      await kubectl(['-n', 'istio-system', 'rollout', 'status', `deployment/${deployment}`, '--timeout=60s']);
    },
  };
}

/** False where there is none: `complete` removes the source's. */
async function scale({ place: { api } }: Arena, deployment: string, replicas: number): Promise<boolean> {
  try {
    await api.patch(`/apis/apps/v1/namespaces/istio-system/deployments/${deployment}`, { spec: { replicas } });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

/** To the end of the run: a gate that sees nothing must not let anything pass. */
function prometheus(name: string, script: Script): Fault {
  return {
    name: `Prometheus ${name}`,
    blinds: true,
    begin: async (arena) => {
      arena.prometheus.script = script;
    },
    end: async (arena) => {
      arena.prometheus.script = faithful;
    },
  };
}

/** It remembers nothing of the time before it begins. */
const repeatingPrometheus = (name: string, date: 'old' | 'now'): Fault => ({
  ...prometheus(name, faithful),
  begin: async (arena) => {
    arena.prometheus.script = repeating(date);
  },
});

const answer = (body: string, headers = { 'content-type': 'application/json' }): Reply => ({
  status: 200,
  headers,
  body,
});

const late =
  (ms: number): Script =>
  async (_call, forward) => {
    await pause(ms);
    return forward();
  };

export const FAULTS: readonly Fault[] = [
  apiServer('409 Conflict on writes', async () => status(409, 'Conflict'), isMutation),
  apiServer('429 with Retry-After', async () => status(429, 'TooManyRequests', { 'retry-after': '1' })),
  apiServer('500', async () => status(500, 'InternalError')),
  apiServer('503', async () => status(503, 'ServiceUnavailable')),
  apiServer('connection reset before the call is done', async () => 'reset'),
  apiServer('connection reset after the call was done', async (_call, forward) => {
    await forward();
    return 'reset';
  }),
  apiServer('answers 10 s late', late(10_000)),
  apiServer('no answer at all', async () => 'silence'),
  cutWatches,
  restartedApiServer,
  noIstiod("the source's", SOURCE),
  noIstiod("the target's", TARGET),
  prometheus('down', async () => 'reset'),
  prometheus('empty', async () => answer('{"status":"success","data":{"resultType":"vector","result":[]}}')),
  prometheus('silent', async () => 'silence'),
  { ...prometheus('5 s late', late(5_000)), blinds: false },
  prometheus('lying', async () =>
    answer('{"status":"success","data":{"resultType":"vector","result":[{"metric":7,"value":["now","many"]}]}}'),
  ),
  prometheus('behind a login page', async () => answer('<html>Please log in</html>', { 'content-type': 'text/html' })),
  repeatingPrometheus('repeating its first answers', 'now'),
  repeatingPrometheus('repeating its first answers, their Date too', 'old'),
];
