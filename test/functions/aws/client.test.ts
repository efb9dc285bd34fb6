import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { clientConfig } from "../../../functions/aws/client";

const ownKeys = { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
const { requestHandler } = clientConfig("us-east-1", ownKeys);
const shortMs = 100;

describe("functions/aws/client", () => {
  let requests = 0;
  let answer: (response: ServerResponse) => void;
  let server: Server;

  beforeEach(async () => {
    requests = 0;
    server = createServer((_request, response) => {
      requests += 1;
      answer(response);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  /** Calls the server with the clients' own configuration, and gives the name of the error. */
  async function call(options: { readonly requestTimeout?: number } = {}): Promise<unknown> {
    const { port } = server.address() as AddressInfo;
    const config = clientConfig("us-east-1", ownKeys);
    const client = new STSClient({ ...config, endpoint: `http://127.0.0.1:${port}` });
    const error = await client.send(new GetCallerIdentityCommand({}), options).catch((e) => e);
    return (error as Error).name;
  }

  it("gives an answer twenty seconds to begin, and as long to go on", async () => {
    answer = (response) => response.writeHead(500).end();
    await call();
    const { connectionTimeout, requestTimeout, socketTimeout } =
      requestHandler.httpHandlerConfigs();
    expect([connectionTimeout, requestTimeout, socketTimeout]).to.deep.equal([
      3_000, 20_000, 20_000,
    ]);
  });

  it("gives up on a call that is never answered, after three tries", async () => {
    answer = () => {};
    expect(await call({ requestTimeout: shortMs })).to.equal("TimeoutError");
    expect(requests).to.equal(3);
  }).timeout(30_000);

  it("gives up on an answer that stops half way, after three tries", async () => {
    answer = (response) => response.writeHead(200, { "content-length": 9 }).write("<Get");
    const { socketTimeout } = requestHandler.httpHandlerConfigs();
    requestHandler.updateHttpClientConfig("socketTimeout", shortMs);
    try {
      expect(await call()).to.equal("TimeoutError");
    } finally {
      requestHandler.updateHttpClientConfig("socketTimeout", socketTimeout);
    }
    expect(requests).to.equal(3);
  }).timeout(30_000);
});
