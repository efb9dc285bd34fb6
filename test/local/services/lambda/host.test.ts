import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Environment } from "../../../../local/services/lambda/environment";

const code = `
exports.handler = ({ hold }) => new Promise((done) => {
  const timer = setTimeout(() => done({ waited: true }), 20);
  if (!hold) timer.unref();
});
`;

describe("local/services/lambda/host", () => {
  let folder: string;
  let environment: Environment;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "cordon-test-"));
    writeFileSync(path.join(folder, "index.js"), code);
    const fn = {
      arn: "arn:aws:lambda:us-east-1:111122223333:function:waits",
      name: "waits",
      region: "us-east-1",
      runtime: "nodejs22.x",
      handler: "index.handler",
      environment: {},
      memoryMb: 128,
      timeoutSeconds: 60,
    } as ConstructorParameters<typeof Environment>[0];
    const credentials = { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
    const surroundings = { endpoint: "http://127.0.0.1:1", slowdown: 1 };
    environment = new Environment(fn, folder, credentials, surroundings, 0);
  });
  afterEach(async () => {
    await environment.close();
    rmSync(folder, { recursive: true });
  });

  it("lets a timer that holds the process end, however often it is invoked", async () => {
    for (const _ of [1, 2]) {
      const { ok, payload } = await environment.invoke('{"hold":true}');
      expect({ ok, payload }).to.deep.equal({ ok: true, payload: '{"waited":true}' });
    }
    expect(environment.alive).to.equal(true);
  });

  // Troubleshoot invocation issues in Lambda, "Node.js: code exits early".
  it("ends an invocation that waits for nothing that holds the process", async () => {
    const { ok, error } = await environment.invoke('{"hold":false}');
    expect({ ok, type: error?.type }).to.deep.equal({ ok: false, type: "Runtime.NodejsExit" });
    expect(environment.alive).to.equal(false);
  });
});
