/** Opens a server of this machine for clients that keep their connections, reads and delays. */
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Listens on a free port of the loopback address and returns the server's URL. The server never ends
 * a connection by itself: a client may be about to use the very one that is idle, and a process that
 * waits for a processor may take longer than any limit to send its request.
 */
export async function listen(server: Server): Promise<string> {
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends all connections of a server, and waits until it is closed. */
export async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Reads a request to its end. Listening costs a fraction of iterating over the stream. */
export function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

/**
 * Waits until `performance.now()` tells this time. Timers count whole milliseconds, from up to one
 * ago: what is left is waited out turn by turn.
 */
export async function waitUntil(moment: number): Promise<void> {
  for (let rest = moment - performance.now(); rest > 0; rest = moment - performance.now()) {
    await new Promise<void>((resolve) => {
      // Nothing waits for an answer once the server is closed.
      if (rest > 1) setTimeout(resolve, Math.floor(rest)).unref();
      else setImmediate(resolve);
    });
  }
}
