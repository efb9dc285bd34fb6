/** Configures every SDK client: one connection pool, a bounded wait, retries. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { PatientRetries } from "./retries";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent of an IAM user's own keys. */
  readonly sessionToken?: string;
}

// A response asks for some twenty sessions and reads at once; they must not queue for sockets. One
// pool for all clients: every session has clients of its own, and a TLS handshake each would cost
// more than the calls.
const pool = { keepAlive: true, maxSockets: 100 };
const answerMs = 20_000;
const requestHandler = new NodeHttpHandler({
  httpsAgent: new HttpsAgent(pool),
  httpAgent: new HttpAgent(pool),
  connectionTimeout: 3_000,
  // Until an answer begins. Without the second the SDK writes a warning and waits on.
  requestTimeout: answerMs,
  throwOnRequestTimeout: true,
  // Between the parts of an answer, which the request's own timeout does not watch.
  socketTimeout: answerMs,
});

// What the SDK would look for in the environment and in two files, in vain, for every new client:
// half of the processor time of a session's first call.
const settled = {
  maxAttempts: 3,
  retryMode: "standard",
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  authSchemePreference: [],
  userAgentAppId: async () => undefined,
};

/** Builds the configuration of a client; without credentials, the function's own are used. */
export function clientConfig(region: string, credentials?: Credentials) {
  return {
    region,
    requestHandler,
    ...settled,
    ...(credentials !== undefined && { credentials }),
  };
}

/** Builds the configuration of a client in a member account, whose request rates others use, too. */
export function memberConfig(region: string, credentials: Credentials) {
  return { ...clientConfig(region, credentials), retryStrategy: new PatientRetries() };
}
