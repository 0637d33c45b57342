// What if nobody reads along any more, as in `… | head`? The run goes on: its ending, its report and its exit code are not theirs to lose.

interface Written {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** From here on a pipe that was closed at its other end is no error of `stream`'s; every other one is thrown, as without us. */
export function outliveReaders(stream: Written): void {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
