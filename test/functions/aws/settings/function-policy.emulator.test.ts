/** The statements that let everybody invoke a function, read and written at the emulator. */
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  GetPolicyCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const account = "123456789012";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const control = "function-policy";

describe("functions/aws/settings/function-policy", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
    await new IAMClient({ region }).send(
      new CreateRoleCommand({
        RoleName: "web",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
      }),
    );
  });
  after(() => emulator.close());
  const open = () => settings(region, credentials, account);
  const lambda = () => new LambdaClient({ region });

  async function fn(FunctionName: string): Promise<string> {
    await lambda().send(
      new CreateFunctionCommand({
        FunctionName,
        Role: `arn:aws:iam::${account}:role/web`,
        Runtime: "nodejs20.x",
        Handler: "index.handler",
        Code: { ZipFile: Buffer.from("code") },
        Tags: { team: "web" },
      }),
    );
    return FunctionName;
  }
  const add = (FunctionName: string, StatementId: string, rest: object) =>
    lambda().send(
      new AddPermissionCommand({
        FunctionName,
        StatementId,
        Action: "lambda:InvokeFunction",
        Principal: "*",
        ...rest,
      }),
    );
  const statements = async (FunctionName: string) => {
    const { Policy = "{}" } = await lambda().send(new GetPolicyCommand({ FunctionName }));
    return JSON.parse(Policy).Statement;
  };

  it("takes the statements that let in everybody, and gives them back by their ids", async () => {
    const id = await fn("orders");
    await add(id, "anybody", {});
    await add(id, "organization", { PrincipalOrgID: "o-exampleorgid" });
    await add(id, "events", { Principal: "events.amazonaws.com" });
    const before = await statements(id);
    const value = [{ sid: "anybody", action: "lambda:InvokeFunction" }];
    const found = { value, tags: { team: "web" } };
    expect(await open().read(control, id)).to.deep.equal(found);
    await open().write(control, id, []);
    await open().write(control, id, []);
    expect((await statements(id)).map(({ Sid }: { Sid: string }) => Sid)).to.deep.equal([
      "organization",
      "events",
    ]);
    await open().write(control, id, value);
    await open().write(control, id, value);
    expect(await open().read(control, id)).to.deep.equal(found);
    expect(await statements(id)).to.have.deep.members(before);
  });

  it("knows a function without a policy from one that is gone, and leaves Cordon's own", async () => {
    expect((await open().read(control, await fn("quiet")))?.value).to.deep.equal([]);
    expect(await open().read(control, "gone")).to.equal(undefined);
    expect((await open().read(control, await fn("cordon-release")))?.left).to.match(
      /^Function cordon-release is named as Cordon names its own/,
    );
  });

  // The emulator keeps no conditions about URLs.
  it("asks about a public URL, and gives its two statements back as they were", async () => {
    const send = LambdaClient.prototype.send;
    const Condition = (operator: string, key: string, value: string) => ({
      Condition: { [operator]: { [key]: value } },
    });
    const allow = (Sid: string, Action: string) => ({
      Sid,
      Effect: "Allow",
      Principal: "*",
      Action: `lambda:${Action}`,
      Resource: `arn:aws:lambda:us-east-1:123456789012:function:site`,
    });
    let policy: object[] = [
      {
        ...allow("url", "InvokeFunctionUrl"),
        ...Condition("StringEquals", "lambda:FunctionUrlAuthType", "NONE"),
      },
      {
        ...allow("viaUrl", "InvokeFunction"),
        ...Condition("Bool", "lambda:InvokedViaFunctionUrl", "true"),
      },
      {
        ...allow("token", "InvokeFunction"),
        ...Condition("StringEquals", "lambda:EventSourceToken", "amzn1.ask.skill.1"),
      },
    ];
    const added: object[] = [];
    LambdaClient.prototype.send = (async (command: { input: { StatementId?: string } }) => {
      if (command instanceof GetPolicyCommand)
        return { Policy: JSON.stringify({ Statement: policy }) };
      if (command instanceof AddPermissionCommand) added.push(command.input);
      policy = policy.filter((each) => (each as { Sid: string }).Sid !== command.input.StatementId);
      return { Tags: {} };
    }) as never;
    try {
      const found = await open().read(control, "site");
      const value = [
        { sid: "url", action: "lambda:InvokeFunctionUrl", urlAuthType: "NONE" },
        { sid: "viaUrl", action: "lambda:InvokeFunction", viaUrl: true },
      ];
      expect(found).to.deep.equal({
        value,
        tags: {},
        asks: "Function site has a URL that everybody may call, which would answer nobody any more",
      });
      await open().write(control, "site", []);
      expect(policy.map((each) => (each as { Sid: string }).Sid)).to.deep.equal(["token"]);
      await open().write(control, "site", value);
      const common = { FunctionName: "site", Principal: "*" };
      expect(added.map((each) => JSON.parse(JSON.stringify(each)))).to.deep.equal([
        {
          ...common,
          StatementId: "url",
          Action: "lambda:InvokeFunctionUrl",
          FunctionUrlAuthType: "NONE",
        },
        {
          ...common,
          StatementId: "viaUrl",
          Action: "lambda:InvokeFunction",
          InvokedViaFunctionUrl: true,
        },
      ]);
    } finally {
      LambdaClient.prototype.send = send;
    }
  });
});
