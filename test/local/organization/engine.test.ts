import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { type Moto, startMoto } from "../../../local/gateway/emulator/moto";
import { type Engine, openEngine } from "../../../local/organization/engine";

const repository = path.resolve(__dirname, "../../..");

const project = `name: tiny
runtime: nodejs
description: A project for the tests of the engine
config:
  word: { type: string, default: hello }
  list: { type: array, items: { type: string }, default: [] }
`;

const pack = `
const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("tiny-pack", {
  policies: [{
    name: "topics-are-encrypted",
    description: "A topic must name a key.",
    enforcementLevel: "mandatory",
    validateResource: (args, reportViolation) => {
      if (args.type === "aws:sns/topic:Topic" && !args.props.kmsMasterKeyId)
        reportViolation("Topic " + args.props.name + " has no key");
    },
  }],
});
`;

type Program = () => Promise<Record<string, unknown>>;

describe("the engine wrapper", () => {
  let moto: Moto;
  let scratch: string;
  let policyPack: string;

  before(async () => {
    mkdirSync(path.join(repository, ".cordon"), { recursive: true });
    scratch = mkdtempSync(path.join(repository, ".cordon", "engine-test-"));
    writeFileSync(path.join(scratch, "Pulumi.yaml"), project);
    writeFileSync(path.join(scratch, "Pulumi.local.yaml"), "config:\n  tiny:word: goodbye\n");
    policyPack = path.join(scratch, "pack");
    mkdirSync(policyPack);
    const manifest = '{ "name": "tiny-pack", "version": "0.1.0", "main": "index.js" }';
    writeFileSync(path.join(policyPack, "package.json"), manifest);
    writeFileSync(path.join(policyPack, "PulumiPolicy.yaml"), "runtime: nodejs\nmain: index.js\n");
    writeFileSync(path.join(policyPack, "index.js"), pack);
    moto = await startMoto({ python: path.join(repository, ".cordon/emulator/bin/python") });
  });
  after(async () => {
    await moto?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  let runs = 0;
  const open = (program: Program, more: { onEvent?: (line: string) => void } = {}) =>
    openEngine({
      gatewayUrl: moto.url,
      signIn: () => ({ accessKeyId: "AKIALOCALDEPLOYER000", secretAccessKey: "secret" }),
      workDir: path.join(scratch, `run-${++runs}`),
      project: scratch,
      program,
      policyPack,
      config: { list: '["a","b"]' },
      ...more,
    });
  const messageOf = async (program: Program) => {
    const engine = await open(program);
    try {
      await engine.up();
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing was thrown";
  };

  const provider = (name: string, account: string) =>
    new aws.Provider(name, {
      region: "us-east-1",
      assumeRoles: [{ roleArn: `arn:aws:iam::${account}:role/Deployment`, sessionName: "test" }],
    });

  describe("over a program in two accounts and two regions [V2]", () => {
    let engine: Engine;
    const lines: string[] = [];
    const program: Program = async () => {
      const config = new pulumi.Config();
      const production = provider("production", "222233334444");
      const data = provider("data", "333344445555");
      const key = new aws.kms.Key("key", { description: "Notices" }, { provider: production });
      const topic = new aws.sns.Topic(
        "notices",
        { name: "notices", kmsMasterKeyId: key.arn },
        { provider: production },
      );
      const queue = new aws.sqs.Queue(
        "incidents",
        { name: "incidents", region: "eu-west-1", visibilityTimeoutSeconds: 90 },
        { provider: data },
      );
      const role = new aws.iam.Role(
        "responder",
        {
          name: "responder",
          assumeRolePolicy: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { Service: "lambda.amazonaws.com" },
                Action: "sts:AssumeRole",
              },
            ],
          },
        },
        { provider: data },
      );
      const responder = new aws.lambda.Function(
        "responder",
        {
          name: "responder",
          region: "eu-west-1",
          role: role.arn,
          runtime: "nodejs22.x",
          handler: "index.handler",
          code: new pulumi.asset.AssetArchive({
            "index.js": new pulumi.asset.StringAsset("exports.handler = async () => 1;"),
          }),
          environment: { variables: { TOPIC: topic.arn } },
        },
        { provider: data },
      );
      return {
        topic: topic.arn,
        queue: queue.arn,
        responder: responder.arn,
        word: config.require("word"),
        list: config.requireObject("list"),
      };
    };

    before(async () => {
      engine = await open(program, { onEvent: (line) => lines.push(line) });
    });

    it("previews what would be made", async () =>
      expect((await engine.preview()).changes).to.deep.equal({ create: 8 }));

    it("makes every resource in its account and region, with the settings of the stage", async () => {
      lines.length = 0;
      const { outputs, changes, resources, recordedNotEmulated } = await engine.up();
      expect(outputs).to.deep.equal({
        topic: "arn:aws:sns:us-east-1:222233334444:notices",
        queue: "arn:aws:sqs:eu-west-1:333344445555:incidents",
        responder: "arn:aws:lambda:eu-west-1:333344445555:function:responder",
        word: "goodbye",
        list: ["a", "b"],
      });
      expect({ changes, resources, recordedNotEmulated }).to.deep.equal({
        changes: { create: 8 },
        resources: 8,
        recordedNotEmulated: [],
      });
      expect([...lines].sort()).to.deep.equal([
        "created: aws:iam/role:Role responder",
        "created: aws:kms/key:Key key",
        "created: aws:lambda/function:Function responder",
        "created: aws:sns/topic:Topic notices",
        "created: aws:sqs/queue:Queue incidents",
        "created: pulumi:providers:aws data",
        "created: pulumi:providers:aws production",
      ]);
    });

    it("changes nothing the second time", async () => {
      const { changes, resources } = await engine.up();
      expect({ changes, resources }).to.deep.equal({ changes: { same: 8 }, resources: 8 });
    });

    it("removes what it made", async () => {
      lines.length = 0;
      await engine.destroy();
      expect(lines.filter((line) => line.startsWith("deleted: aws:"))).to.have.length(5);
    });
  });

  it("stops before a resource that a policy forbids", async () => {
    const message = await messageOf(async () => {
      new aws.sns.Topic("open", { name: "open" }, { provider: provider("one", "222233334444") });
      return {};
    });
    expect(message).to.equal(
      "topics-are-encrypted: A topic must name a key.\nTopic open has no key (open)",
    );
  });

  it("refuses by name a resource type that the local provider does not have", async () => {
    const message = await messageOf(async () => {
      new aws.backup.Vault("evidence", {}, { provider: provider("one", "222233334444") });
      return {};
    });
    expect(message).to.equal(
      "evidence: The local provider has no resource type aws:backup/vault:Vault: add it to local/provider/registry.ts",
    );
  });

  it("refuses by name a property that the local provider does not carry out", async () => {
    const message = await messageOf(async () => {
      const one = provider("one", "222233334444");
      new aws.sqs.Queue("fifo", { name: "q.fifo", fifoQueue: true }, { provider: one });
      return {};
    });
    expect(message).to.equal(
      "fifo: aws:sqs/queue:Queue resource 'fifo': property fifoQueue value {true} has a problem: the local provider does not carry out this property",
    );
  });

  it("passes on what AWS answered, with the resource it was about", async () =>
    expect(
      await messageOf(async () => {
        const one = provider("one", "222233334444");
        new aws.iam.RolePolicy(
          "send",
          { name: "send", role: "absent", policy: '{"Version":"2012-10-17","Statement":[]}' },
          { provider: one },
        );
        return {};
      }),
    ).to.equal(
      "send: aws:iam/rolePolicy:RolePolicy send: NoSuchEntityException: Role absent not found",
    ));

  it("passes on an error of the program without its stack, once", async () =>
    expect(
      await messageOf(async () => {
        throw new TypeError("x is not a function");
      }),
    ).to.equal("x is not a function"));

  it("passes on the one sentence of a program that stops itself", async () =>
    expect(
      await messageOf(async () => {
        throw new pulumi.RunError('mode must be "dry-run" or "enforce", but "on" was provided');
      }),
    ).to.equal('mode must be "dry-run" or "enforce", but "on" was provided'));
});
