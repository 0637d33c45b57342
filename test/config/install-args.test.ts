import { describe, expect, it } from 'vitest';
import { parseInstallArgs } from '../../src/config/install-args.ts';
import { problemsOf, valueOf } from './text.ts';

describe('arguments of the installer', () => {
  it('stay as they are, one a line', () => {
    const text = '--set\nprofile=minimal\n\n--set=values.pilot.env.X="a b"; rm -rf /\n-f\nmy values.yaml\n';
    expect(valueOf(parseInstallArgs('istioctl', text))).toEqual([
      '--set',
      'profile=minimal',
      '--set=values.pilot.env.X="a b"; rm -rf /',
      '-f',
      'my values.yaml',
    ]);
  });

  it.each([
    ['istioctl', '--revision=x', 'revision'],
    ['istioctl', '--revision\nx', 'revision'],
    ['istioctl', '-rx', 'revision'],
    ['istioctl', '-r=x', 'revision'],
    ['istioctl', '--set=revision=x', 'revision'],
    ['istioctl', '--set\nrevision=x', 'revision'],
    ['istioctl', '-s\nvalues.global.istioNamespace=x', 'namespace'],
    ['istioctl', '-i\nx', 'namespace'],
    ['istioctl', '--kubeconfig=x', 'kubeconfig'],
    ['istioctl', '-c=x', 'kubeconfig'],
    ['istioctl', '--context=x', 'context'],
    ['helm', '--set=pilot.x=1,revision=x', 'revision'],
    ['helm', '--set-string\nrevision=x', 'revision'],
    ['helm', '-n\nx', 'namespace'],
    ['helm', '--namespace=x', 'namespace'],
    ['helm', '--kube-context=x', 'context'],
    ['helm', '--generate-name', 'release name'],
    ['helm', '--name-template=x', 'release name'],
  ] as const)('of %s cannot hold %j, which sets the %s', (tool, text, what) => {
    expect(problemsOf(parseInstallArgs(tool, text))).toContain(`sets the ${what}`);
  });

  it('are told apart where two stand in one line', () => {
    expect(problemsOf(parseInstallArgs('istioctl', '--set profile=minimal'))).toContain('more than one argument');
  });

  it('may set what only looks like ours', () => {
    const text = '--set=values.revisionTags={}\n--readiness-timeout=10m\n--set=values.pilot.namespace=x';
    expect(valueOf(parseInstallArgs('istioctl', text))).toHaveLength(3);
  });
});
