// A log that remembers its lines.
import type { LogPort } from '../../src/ports/log.ts';

export class FakeLog implements LogPort {
  readonly lines: string[] = [];
  line(text: string): void {
    this.lines.push(text);
  }
  async group<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.lines.push(title);
    return work();
  }
  notice(text: string): void {
    this.lines.push(`notice: ${text}`);
  }
  warning(text: string): void {
    this.lines.push(`warning: ${text}`);
  }
  error(text: string): void {
    this.lines.push(`error: ${text}`);
  }
}
