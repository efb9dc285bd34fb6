import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { secretReader } from "../../../functions/aws/secrets";
import { ChannelRefused } from "../../../functions/notify/channel";
import { startEmulator } from "../../support/local/adapters";
import { errorOf, region } from "../../support/local/gateway";

describe("the reader of secrets", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  const { read } = secretReader(region);
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  const hold = (Value: string) =>
    new SSMClient({ region }).send(
      new PutParameterCommand({
        Name: "/cordon/slack",
        Type: "SecureString",
        Value,
        Overwrite: true,
      }),
    );

  it("reads a parameter, each time anew", async () => {
    await hold("xoxb-1");
    expect(await read("/cordon/slack")).to.equal("xoxb-1");
    await hold("xoxb-2");
    expect(await read("/cordon/slack")).to.equal("xoxb-2");
  });

  it("reads a secret in the region of its ARN", async () => {
    const client = new SecretsManagerClient({ region: "eu-west-1" });
    const { ARN = "" } = await client.send(
      new CreateSecretCommand({ Name: "jira", SecretString: "a-token" }),
    );
    expect(await read(ARN)).to.equal("a-token");
  });

  for (const name of [
    "/cordon/none",
    `arn:aws:secretsmanager:${region}:123456789012:secret:none-AbCdEf`,
  ]) {
    it(`refuses what does not exist, by its name: ${name.slice(0, 12)}`, async () => {
      const error = await errorOf(read(name));
      expect(error).to.be.instanceOf(ChannelRefused);
      expect(error.message).to.match(/^The secret \S+ cannot be read: \w*NotFound\w*$/);
      expect(error.message).to.contain(name);
    });
  }

  it("refuses one that is no text", async () => {
    const client = new SecretsManagerClient({ region });
    const { ARN = "" } = await client.send(
      new CreateSecretCommand({ Name: "binary", SecretBinary: Buffer.from("x") }),
    );
    await hold(" ");
    for (const name of [ARN, "/cordon/slack"]) {
      const error = await errorOf(read(name));
      expect([error.constructor, error.message]).to.deep.equal([
        ChannelRefused,
        `The secret ${name} is empty, or no text`,
      ]);
    }
  });

  it("may be tried again where AWS does not answer", async () => {
    const was = process.env.AWS_ENDPOINT_URL;
    process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:1";
    try {
      const error = await errorOf(secretReader(region).read("/cordon/slack"));
      expect(error).not.to.be.instanceOf(ChannelRefused);
      expect(error.message).to.match(/^The secret \/cordon\/slack cannot be read: \w+$/);
    } finally {
      process.env.AWS_ENDPOINT_URL = was;
    }
  });
});
