/** Opens a server of this machine for clients that keep their connections. */
import type { Server } from "node:http";
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
