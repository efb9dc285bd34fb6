/** Settings that contain resources, read and written at the emulator: what is written back is what was read. */
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { startEmulator } from "../../../support/local/adapters";

const region = "us-east-1";
const account = "123456789012";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };

const allow = (Action: string, Resource: string, Principal: Record<string, string>) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal, Action, Resource }],
});
const deny = (Action: string, Resource: string) => ({
  Version: "2012-10-17",
  Statement: [{ Sid: "CordonContained", Effect: "Deny", Principal: "*", Action, Resource }],
});

describe("functions/aws/settings, of containments", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());
  const open = () => settings(region, credentials, account);

  it("replaces the policy of a bucket, and gives it back, or none", async () => {
    const s3 = new S3Client({ region, forcePathStyle: true });
    for (const Bucket of ["with", "without"]) await s3.send(new CreateBucketCommand({ Bucket }));
    const logs = allow("s3:PutObject", "arn:aws:s3:::with/*", {
      Service: "cloudtrail.amazonaws.com",
    });
    const Policy = JSON.stringify(logs);
    await s3.send(new PutBucketPolicyCommand({ Bucket: "with", Policy }));
    for (const [id, before] of [
      ["with", logs],
      ["without", null],
    ] as const) {
      expect((await open().read("bucket-policy", id))?.value).to.deep.equal(before);
      const closed = deny("s3:*", `arn:aws:s3:::${id}`);
      await open().write("bucket-policy", id, closed);
      await open().write("bucket-policy", id, closed);
      expect((await open().read("bucket-policy", id))?.value).to.deep.equal(closed);
      await open().write("bucket-policy", id, before);
      expect((await open().read("bucket-policy", id))?.value).to.deep.equal(before);
    }
    expect((await open().read("bucket-policy", "with"))?.asks).to.equal(
      "The policy of bucket with lets cloudtrail.amazonaws.com use it, which it could not any more: logs that are delivered to it would be lost",
    );
  });

  it("reserves no concurrency for a function, and gives back what was reserved, or none", async () => {
    const { Role } = await new IAMClient({ region }).send(
      new CreateRoleCommand({
        RoleName: "thumbs",
        AssumeRolePolicyDocument: JSON.stringify(
          allow("sts:AssumeRole", "", { Service: "lambda.amazonaws.com" }),
        ).replace(',"Resource":""', ""),
      }),
    );
    await new LambdaClient({ region }).send(
      new CreateFunctionCommand({
        FunctionName: "thumbs",
        Role: Role?.Arn ?? "",
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile: Buffer.from("not run") },
        Tags: { team: "web" },
      }),
    );
    for (const before of [null, 7]) {
      await open().write("function-concurrency", "thumbs", before);
      const read = () => open().read("function-concurrency", "thumbs");
      expect(await read()).to.deep.equal({ value: before, tags: { team: "web" } });
      await open().write("function-concurrency", "thumbs", 0);
      expect((await read())?.value).to.equal(0);
      await open().write("function-concurrency", "thumbs", before);
      expect((await read())?.value).to.equal(before);
    }
  });

  it("has a service run no task, and as many as before, and leaves what ECS does not count", async () => {
    const ecs = new ECSClient({ region });
    await ecs.send(new CreateClusterCommand({ clusterName: "batch" }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "nightly",
        containerDefinitions: [{ name: "main", image: "main:1", memory: 128 }],
      }),
    );
    const service = { cluster: "batch", taskDefinition: "nightly" };
    await ecs.send(
      new CreateServiceCommand({
        ...service,
        serviceName: "nightly",
        desiredCount: 2,
        tags: [{ key: "team", value: "data" }],
      }),
    );
    await ecs.send(
      new CreateServiceCommand({ ...service, serviceName: "agent", schedulingStrategy: "DAEMON" }),
    );
    const read = () => open().read("service-count", "batch/nightly");
    expect(await read()).to.deep.equal({ value: 2, tags: { team: "data" } });
    await open().write("service-count", "batch/nightly", 0);
    expect((await read())?.value).to.equal(0);
    await open().write("service-count", "batch/nightly", 2);
    expect((await read())?.value).to.equal(2);
    expect((await open().read("service-count", "batch/agent"))?.left).to.equal(
      "ECS service batch/agent runs one task on each instance of its cluster, so that ECS cannot be told to run none: stop its tasks, or contain its instances",
    );
  });

  it("replaces the policy of a secret, and gives it back, or none", async () => {
    const secrets = new SecretsManagerClient({ region });
    const make = async (Name: string) => {
      const { ARN = "" } = await secrets.send(
        new CreateSecretCommand({
          Name,
          SecretString: "hidden",
          Tags: [{ Key: "team", Value: "web" }],
        }),
      );
      return ARN.split(":secret:")[1] ?? "";
    };
    const [plain, shared] = [await make("shop/plain"), await make("shop/shared")];
    const partner = allow("secretsmanager:GetSecretValue", "*", {
      AWS: "arn:aws:iam::333344445555:root",
    });
    await secrets.send(
      new PutResourcePolicyCommand({
        SecretId: "shop/shared",
        ResourcePolicy: JSON.stringify(partner),
      }),
    );
    for (const [id, before] of [
      [plain, null],
      [shared, partner],
    ] as const) {
      const found = { value: before, tags: { team: "web" } };
      expect(await open().read("secret-policy", id)).to.deep.equal(found);
      const closed = deny("secretsmanager:*", "*");
      await open().write("secret-policy", id, closed);
      expect((await open().read("secret-policy", id))?.value).to.deep.equal(closed);
      await open().write("secret-policy", id, before);
      expect(await open().read("secret-policy", id)).to.deep.equal(found);
    }
    const SecretId = `arn:aws:secretsmanager:${region}:123456789012:secret:${plain}`;
    await secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    expect((await open().read("secret-policy", plain))?.left).to.equal(
      `Secret ${plain} is to be deleted, and has no policy that could be changed. To keep it: aws secretsmanager restore-secret --secret-id=${SecretId} --region=${region}`,
    );
  });

  it("leaves alone what is named as Cordon names its own", async () => {
    await new S3Client({ region, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: "cordon-evidence" }),
    );
    expect((await open().read("bucket-policy", "cordon-evidence"))?.left).to.equal(
      "Bucket cordon-evidence is named as Cordon names its own: it may be Cordon's own, which people need to release. If it is not, fix it by hand",
    );
  });

  it("knows what is gone", async () => {
    for (const [setting, id] of [
      ["bucket-policy", "gone"],
      ["function-concurrency", "gone"],
      ["service-count", "batch/gone"],
      ["service-count", "gone/gone"],
      ["secret-policy", "gone-AbCdEf"],
    ] as const) {
      expect(await open().read(setting, id), setting).to.equal(undefined);
    }
  });
});
