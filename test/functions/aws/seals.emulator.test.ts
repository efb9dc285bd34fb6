import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { sealer, sealVerifier } from "../../../functions/aws/seals";
import type { Sealed } from "../../../functions/record/seal";
import * as builders from "../../support/builders";
import { makeCodeKey, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";

const record: Sealed = {
  id: "0f3a9c1d2b4e5f60-1",
  epoch: 1,
  incident: builders.incident(),
  plan: { stages: [], residual: ["DNS"], nextSteps: [] },
};
const changed = { ...record, plan: { ...record.plan, residual: [] } };

describe("seals by a key of KMS", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let keyArn: string;
  let clock = Date.parse("2026-11-20T10:00:00Z");
  const open = (key = keyArn) => sealer(region, key, () => new Date(clock));

  before(async () => {
    emulator = await startEmulator();
    keyArn = await makeCodeKey();
  });
  after(() => emulator.close());

  it("are trusted by the verifier of the same key, and not for another plan", async () => {
    const seal = await open().seal(record);
    const verifier = sealVerifier(region, keyArn);
    expect(await verifier.check({ ...record, seal })).to.equal(undefined);
    expect(await verifier.check({ ...changed, seal })).to.match(/^The plan of .* is not as a /);
    expect(await verifier.check({ ...record, seal: { ...seal, mac: "AAAA" } })).to.match(
      /^The plan of .* is not as a /,
    );
  });

  it("are made with one key pair for four hours, then with another", async () => {
    const { prepare, seal } = open();
    await prepare();
    const first = await seal(record);
    clock += 4 * 3_600_000 - 1;
    expect((await seal(changed)).publicKey).to.equal(first.publicKey);
    clock += 1;
    const next = await seal(record);
    expect(next.publicKey).not.to.equal(first.publicKey);
    expect(await sealVerifier(region, keyArn).check({ ...record, seal: next })).to.equal(undefined);
  });

  it("fail where KMS refuses, and KMS is asked again for the next plan", async () => {
    const answers = [400, 200];
    const server = createServer((_request, response) => {
      response.statusCode = answers.shift() ?? 500;
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(
        JSON.stringify(
          response.statusCode === 200
            ? { Mac: "AAAA" }
            : { __type: "AccessDeniedException", message: "no" },
        ),
      );
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { AWS_ENDPOINT_URL: before } = process.env;
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { prepare, seal } = open();
      await prepare();
      expect((await seal(record)).mac).to.equal("AAAA");
      expect(answers).to.deep.equal([]);
    } finally {
      process.env.AWS_ENDPOINT_URL = before;
      server.closeAllConnections();
      server.close();
    }
  });
});
