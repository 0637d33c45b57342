// What does the operating system's code of an error say in words? Of files and of connections; which file or server it was, the caller says.

const FILES: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission is denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENAMETOOLONG: 'the name is too long',
  ENOSPC: 'no space is left',
  EROFS: 'the file system is read-only',
};

/** Why a file operation failed, without the path. */
export function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return FILES[code] ?? (error instanceof Error ? error.message : String(error));
}

/** Why a connection failed, by its error's code. */
export const CONNECTIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: "the server's name does not resolve",
  EAI_AGAIN: "the server's name does not resolve at the moment",
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  EHOSTUNREACH: 'no way leads to the server',
  ENETUNREACH: 'no way leads to the server',
};
