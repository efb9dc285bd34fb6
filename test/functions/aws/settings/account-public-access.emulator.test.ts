/** The account's own Block Public Access for S3, read and written at the emulator. */
import dns from "node:dns";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const account = "123456789012";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };

describe("functions/aws/settings/account-public-access", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  const { lookup } = dns;
  const variable = "AWS_ENDPOINT_URL_S3_CONTROL";
  before(async () => {
    emulator = await startEmulator();
    // S3 Control has the account in its host's name, which no resolver knows here.
    process.env[variable] = emulator.moto.url.replace("127.0.0.1", "localhost");
    const known = (name: string) => (name === `${account}.localhost` ? "localhost" : name);
    dns.lookup = ((name: string, options: dns.LookupAllOptions, done: never) =>
      lookup(known(name), options, done)) as typeof lookup;
  });
  after(async () => {
    dns.lookup = lookup;
    delete process.env[variable];
    await emulator.close();
  });

  it("blocks public access to all buckets, and gives back what was set, or that nothing was", async () => {
    const control = "account-public-access";
    const open = settings(region, credentials, account);
    const all = (value: boolean) => ({
      BlockPublicAcls: value,
      BlockPublicPolicy: value,
      IgnorePublicAcls: value,
      RestrictPublicBuckets: value,
    });
    expect(await open.read(control, account)).to.deep.equal({ value: null, tags: {} });
    for (const value of [all(true), { ...all(false), BlockPublicPolicy: true }, null]) {
      await open.write(control, account, value);
      expect(await open.read(control, account)).to.deep.equal({ value, tags: {} });
    }
  });
});
