import { expect } from "chai";
import { linkMaker, linkVerifier } from "../../../functions/aws/page-links";
import { makeCodeKey, startEmulator } from "../../support/local/adapters";
import { region } from "../../support/local/gateway";

describe("codes of links by a key of KMS", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let keyArn: string;

  before(async () => {
    emulator = await startEmulator();
    keyArn = await makeCodeKey();
  });
  after(() => emulator.close());

  it("are 32 bytes, always the same of a message, and genuine of no other", async () => {
    const { codeOf } = linkMaker(region, keyArn);
    const { isGenuine } = linkVerifier(region, keyArn);
    const code = await codeOf("one");
    expect(code).to.have.lengthOf(32);
    expect(await codeOf("one")).to.deep.equal(code);
    expect(await isGenuine("one", code)).to.equal(true);
    expect(await isGenuine("other", code)).to.equal(false);
    expect(await isGenuine("one", new Uint8Array(32))).to.equal(false);
  });

  it("fail where KMS does not answer as it should", async () => {
    const missing = keyArn.replace(/[^/]+$/, "00000000-0000-0000-0000-000000000000");
    const error = await linkVerifier(region, missing)
      .isGenuine("one", new Uint8Array(32))
      .catch((thrown: Error) => thrown);
    expect(error).to.have.property("name", "NotFoundException");
  });
});
