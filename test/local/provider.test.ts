import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { DescribeSecurityGroupsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { unzipSync } from "fflate";
import * as z from "zod/mini";
import { type Moto, startMoto } from "../../local/gateway/emulator/moto";
import { LocalProvider } from "../../local/provider/provider";
import { registry } from "../../local/provider/registry";
import { resourceType } from "../../local/provider/resource-type";
import { type Properties, same, zip } from "../../local/provider/values";

/** The engine's mark of a value that a preview does not know, and of assets and archives. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";
const archive = (files: Record<string, string>, hash = "h"): Properties => ({
  [signature]: "0def7320c3a5731c473e5ecbe6d01bc7",
  hash,
  assets: Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      { [signature]: "c44067f5952c0a294b673a41bacd8c17", text },
    ]),
  ),
});

async function messageOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
}

const topic = "aws:sns/topic:Topic";
const table: Properties = {
  name: "journal",
  billingMode: "PAY_PER_REQUEST",
  hashKey: "pk",
  attributes: [{ name: "pk", type: "S" }],
};

describe("the local provider [V1]", () => {
  const provider = new LocalProvider(registry);

  it("has behind every listed type and function an entry of that very token", async () => {
    for (const [token, load] of Object.entries(registry.resources))
      expect(await load(), token).to.have.property(token);
    for (const [token, load] of Object.entries(registry.invokes))
      expect(await load(), token).to.have.property(token);
  });

  it("lists as recorded only what the emulator has no state for, and checks the inputs of all", async () => {
    expect(Object.keys(registry.recordedOnly)).to.deep.equal([
      "aws:cfg/organizationConformancePack:OrganizationConformancePack",
      "aws:guardduty/iPSet:IPSet",
      "aws:guardduty/organizationConfiguration:OrganizationConfiguration",
      "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature",
      "aws:guardduty/publishingDestination:PublishingDestination",
      "aws:securityhub/actionTarget:ActionTarget",
      "aws:securityhub/configurationPolicy:ConfigurationPolicy",
      "aws:securityhub/configurationPolicyAssociation:ConfigurationPolicyAssociation",
      "aws:securityhub/findingAggregator:FindingAggregator",
      "aws:securityhub/organizationConfiguration:OrganizationConfiguration",
    ]);
    expect(await registry.recordedInputs?.()).to.have.all.keys(Object.keys(registry.recordedOnly));
  });

  describe("checking inputs", () => {
    it("refuses a type that it does not have, by name", async () =>
      expect(
        await messageOf(provider.check("aws:sns/platformApplication:PlatformApplication", {})),
      ).to.equal(
        "The local provider has no resource type aws:sns/platformApplication:PlatformApplication: add it to local/provider/registry.ts",
      ));

    it("accepts the inputs that an entry carries out", async () =>
      expect((await provider.check("aws:dynamodb/table:Table", table)).failures).to.deep.equal([]));

    it("refuses a property that an entry does not carry out, by name", async () =>
      expect((await provider.check(topic, { name: "t", fifoTopic: true })).failures).to.deep.equal([
        { property: "fifoTopic", reason: "the local provider does not carry out this property" },
      ]));

    it("refuses such a property inside another one, by its path", async () => {
      const news = { ...table, pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 7 } };
      expect((await provider.check("aws:dynamodb/table:Table", news)).failures).to.deep.equal([
        {
          property: "pointInTimeRecovery.recoveryPeriodInDays",
          reason: "the local provider does not carry out this property",
        },
      ]);
    });

    it("refuses an absent name, since it gives none of its own", async () =>
      expect((await provider.check(topic, {})).failures).to.deep.equal([
        { property: "name", reason: "the local provider needs this property" },
      ]));

    it("refuses a value that an entry does not carry out, by its property", async () => {
      const news = { ...table, billingMode: "PROVISIONED" };
      const { failures } = await provider.check("aws:dynamodb/table:Table", news);
      expect(failures.map(({ property }) => property)).to.deep.equal(["billingMode"]);
    });

    it("accepts in any place a value that a preview does not know", async () => {
      const news = {
        ...table,
        pointInTimeRecovery: unknown,
        serverSideEncryption: { enabled: unknown, kmsKeyArn: unknown },
      };
      expect((await provider.check("aws:dynamodb/table:Table", news)).failures).to.deep.equal([]);
    });

    it("turns a policy given as an object into text", async () => {
      const policy = { Version: "2012-10-17", Statement: [] };
      const checked = await provider.check("aws:sns/topicPolicy:TopicPolicy", { arn: "a", policy });
      expect(checked.inputs).to.deep.equal({
        arn: "a",
        policy: '{"Version":"2012-10-17","Statement":[]}',
      });
    });
  });

  describe("comparing", () => {
    it("finds archives equal by hash and other values by content", () => {
      expect(same(archive({ a: "1" }, "x"), archive({ a: "2" }, "x"))).to.equal(true);
      expect(same(archive({ a: "1" }, "x"), archive({ a: "1" }, "y"))).to.equal(false);
      expect(same({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).to.equal(true);
      expect(same({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).to.equal(false);
      expect(same({ a: undefined }, {})).to.equal(true);
    });

    it("names the changed inputs", () =>
      expect(
        provider.diff(topic, {
          state: { name: "a", tags: { x: "1" }, gone: 1, region: "us-east-1" },
          olds: { name: "a", tags: { x: "1" }, gone: 1 },
          news: { name: "a", tags: {}, made: 2 },
        }),
      ).to.deep.equal(["gone", "made", "tags"]));

    it("compares what is wanted with what was read, not with what was given", () =>
      expect(
        provider.diff(topic, {
          state: { displayName: "Notices" },
          olds: { displayName: "notices" },
          news: { displayName: "notices" },
        }),
      ).to.deep.equal(["displayName"]));

    it("refuses to change in place what only a new resource could have", async () => {
      const request = { id: "t", state: {}, olds: { name: "a" }, news: { name: "b" } };
      expect(
        await messageOf(provider.update({ type: topic, name: "t" }, { ...request, preview: true })),
      ).to.equal("local provider creates only; aws:sns/topic:Topic.name changed");
    });
  });

  describe("zipping code", () => {
    it("makes the same bytes of the same text, whatever the order of the files", () => {
      const one = zip(archive({ "index.js": "exports.a = 1;", "b.txt": "b" }));
      const two = zip(archive({ "b.txt": "b", "index.js": "exports.a = 1;" }));
      expect(one.sha256).to.equal(two.sha256);
      expect(one.sha256).to.equal(createHash("sha256").update(two.bytes).digest("base64"));
      const files = unzipSync(one.bytes);
      expect(Buffer.from(files["index.js"] ?? []).toString()).to.equal("exports.a = 1;");
    });

    it("refuses code that is not text in an archive", () => {
      expect(() => zip({ path: "dist.zip" })).to.throw("code must be an AssetArchive");
      expect(() => zip({ ...archive({}), assets: { "index.js": { path: "a.js" } } })).to.throw(
        'code["index.js"] must be a StringAsset',
      );
    });
  });

  describe("a type that is recorded only", () => {
    const scratch = mkdtempSync(path.join(tmpdir(), "cordon-provider-"));
    after(() => rmSync(scratch, { recursive: true }));

    it("is written down at creation and not at preview, and read from there for an import", async () => {
      const file = path.join(scratch, "recorded.jsonl");
      const type = "aws:example/thing:Thing";
      const recording = new LocalProvider(
        { resources: {}, invokes: {}, recordedOnly: { [type]: "no emulator has it" } },
        file,
      );
      await recording.create({ type, name: "first" }, { a: 1 }, true);
      expect(await recording.create({ type, name: "second" }, { a: 1 }, false)).to.deep.equal({
        id: "second",
        outputs: { a: 1 },
      });
      expect(readFileSync(file, "utf8")).to.equal(
        '{"type":"aws:example/thing:Thing","name":"second","inputs":{"a":1}}\n',
      );
      expect(await recording.read({ type, name: "again" }, "second")).to.deep.equal({
        id: "second",
        inputs: { a: 1 },
        state: { a: 1 },
      });
      expect(await recording.read({ type, name: "again" }, "first")).to.equal(undefined);
    });
  });

  describe("in an account", () => {
    let moto: Moto;
    const variables = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
    const before_ = variables.map((name) => process.env[name]);
    const python = path.resolve(__dirname, "../../.cordon/emulator/bin/python");

    before(async () => {
      moto = await startMoto({ python });
      process.env.AWS_ENDPOINT_URL = moto.url;
      process.env.AWS_ACCESS_KEY_ID = "AKIALOCALDEPLOYER000";
      process.env.AWS_SECRET_ACCESS_KEY = "secret";
    });
    after(async () => {
      variables.forEach((name, index) => {
        const value = before_[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      });
      await moto.close();
    });

    const configured = async (configuration: Properties) => {
      const made = new LocalProvider(registry);
      await made.configure(configuration);
      return made;
    };
    const member = {
      region: "us-east-1",
      assumeRoles: '[{"roleArn":"arn:aws:iam::222233334444:role/Deployment","sessionName":"test"}]',
    };
    const identity = "aws:index/getCallerIdentity:getCallerIdentity";

    it("refuses a configuration key that it does not know, by name", async () =>
      expect(await messageOf(configured({ region: "us-east-1", profile: "prod" }))).to.equal(
        "aws provider configuration: profile: not known to the local provider",
      ));

    it("refuses to start without an endpoint, so that no call reaches AWS", async () => {
      const url = process.env.AWS_ENDPOINT_URL;
      delete process.env.AWS_ENDPOINT_URL;
      const message = await messageOf(configured({ region: "us-east-1" }));
      process.env.AWS_ENDPOINT_URL = url;
      expect(message).to.equal("The local provider needs AWS_ENDPOINT_URL in its environment");
    });

    it("acts in the account of the role that its settings name", async () =>
      expect(await (await configured(member)).invoke(identity, {})).to.include({
        accountId: "222233334444",
      }));

    it("refuses an account that is not among allowedAccountIds", async () =>
      expect(
        await messageOf(configured({ ...member, allowedAccountIds: '["333344445555"]' })),
      ).to.equal(
        "aws provider configuration: account 222233334444 is not among allowedAccountIds 333344445555",
      ));

    it("answers unknown outputs in a preview and makes nothing", async () => {
      const made = await configured(member);
      const about = { type: topic, name: "notices" };
      expect(await made.create(about, { name: "notices" }, true)).to.deep.equal({
        id: "",
        outputs: {
          name: "notices",
          region: "us-east-1",
          tagsAll: {},
          arn: unknown,
          owner: unknown,
        },
      });
    });

    it("lets a resource's own region override the provider's, and merges default tags", async () => {
      const made = await configured({ ...member, defaultTags: '{"tags":{"app":"cordon"}}' });
      const inputs = { name: "notices", region: "eu-west-1", tags: { tier: "hub" } };
      expect(await made.create({ type: topic, name: "notices" }, inputs, false)).to.deep.equal({
        id: "arn:aws:sns:eu-west-1:222233334444:notices",
        outputs: {
          ...inputs,
          arn: "arn:aws:sns:eu-west-1:222233334444:notices",
          owner: "222233334444",
          tagsAll: { app: "cordon", tier: "hub" },
        },
      });
    });

    it("removes from a new group the egress rule that AWS gives it", async () => {
      const made = await configured(member);
      const { ids } = await made.invoke("aws:ec2/getVpcs:getVpcs", {});
      const inputs = { name: "quarantine", description: "q", vpcId: (ids as string[])[0] };
      const type = "aws:ec2/securityGroup:SecurityGroup";
      const { id } = await made.create({ type, name: "quarantine" }, inputs, false);
      const credentials = { accessKeyId: "222233334444", secretAccessKey: "x" };
      const ec2 = new EC2Client({ region: "us-east-1", endpoint: moto.url, credentials });
      ec2.middlewareStack.add(
        (next) => (call) => {
          (call.request as { headers: Record<string, string> }).headers["x-moto-account-id"] =
            "222233334444";
          return next(call);
        },
        { step: "build" },
      );
      const found = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }));
      expect(found.SecurityGroups?.[0]?.IpPermissionsEgress).to.deep.equal([]);
      expect(found.SecurityGroups?.[0]?.IpPermissions ?? []).to.deep.equal([]);
    });

    it("says what the real provider says when no endpoint matches", async () =>
      expect(
        await messageOf(
          (await configured(member)).invoke("aws:ec2/getVpcEndpoint:getVpcEndpoint", {
            vpcId: "vpc-0",
            serviceName: "com.amazonaws.us-east-1.ssm",
          }),
        ),
      ).to.equal("no matching EC2 VPC Endpoint found"));

    it("puts the type, the name and AWS's error code before AWS's message", async () => {
      const about = { type: "aws:iam/rolePolicy:RolePolicy", name: "send" };
      const inputs = {
        name: "send",
        role: "absent",
        policy: '{"Version":"2012-10-17","Statement":[]}',
      };
      expect(await messageOf((await configured(member)).create(about, inputs, false))).to.match(
        /^aws:iam\/rolePolicy:RolePolicy send: NoSuchEntityException: /,
      );
    });

    it("hands an update to the entry with what changed", async () => {
      const seen: unknown[] = [];
      const type = "aws:example/thing:Thing";
      const thing = resourceType({
        inputs: z.strictObject({ name: z.string(), policy: z.string() }),
        updatable: ["policy"],
        create: async () => ({ id: "x", outputs: {} }),
        update: async (id, inputs, _place, changed) => {
          seen.push(id, inputs, changed);
          return { version: 2 };
        },
        delete: async () => {},
      });
      const resources = { [type]: async () => ({ [type]: thing }) };
      const made = new LocalProvider({ resources, invokes: {}, recordedOnly: {} });
      await made.configure({ region: "us-east-1" });
      const outputs = await made.update(
        { type, name: "n" },
        {
          id: "x",
          state: { name: "n", policy: "old", version: 1 },
          olds: { name: "n", policy: "old" },
          news: { name: "n", policy: "new" },
          preview: false,
        },
      );
      expect(seen).to.deep.equal(["x", { name: "n", policy: "new" }, ["policy"]]);
      expect(outputs).to.include({ policy: "new", version: 2 });
    });
  });
});
