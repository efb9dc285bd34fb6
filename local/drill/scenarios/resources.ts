/** Scenario: resources that their settings contain, one of each kind: asked, contained, kept so, given back. */
import { isDeepStrictEqual } from "node:util";
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeImageAttributeCommand,
  DescribeSnapshotAttributeCommand,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateFunctionCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { homeRegion, members, security } from "../../gateway/accounts";
import { ownerConfig } from "../../gateway/client";
import type { Gateway } from "../../gateway/gateway";
import { envelope, findingArn } from "../../samples/guardduty";
import { seedServiceRole } from "../../seeds/identities";
import { ownerOf } from "../../seeds/owner";
import { cordon, cordonAnswered } from "../people";
import type { DrillSession, Injected } from "../session";
import { release, type Scenario } from "./scenario";

const [shop] = members as [(typeof members)[number]];
const site = { account: shop.id, region: homeRegion };
const policy = {
  notifyFrom: 4,
  automaticFrom: 7,
  playbooks: { "contain-resource": { response: "ask" } },
};

/** One resource: what finds it, its settings as its owner reads them, and how an intruder opens it again. */
interface Target {
  /** As a responder names it. */
  readonly name: string;
  readonly found?: { readonly type: string; readonly resource: object };
  state(): Promise<unknown>;
  reopen(): Promise<unknown>;
  /** Checks whether a state is that of a contained one. */
  isClosed(state: unknown): boolean;
}

const partner = { AWS: `arn:aws:iam::${members[1]?.id}:root` };
const allows = (Action: string, Resource: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: partner, Action, Resource }],
  });
const denies = (state: unknown) =>
  /"Effect":"Deny","Principal":"\*"/.test(String(state)) && !/"Allow"/.test(String(state));

export const resources: Scenario = {
  name: "resources",
  title:
    "A bucket, function, service, snapshot, image and secret: contained by settings, given back",
  config: { policy: JSON.stringify(policy) },
  async seed({ organization: { gateway } }) {
    return Promise.all([
      bucket(gateway),
      lambdaFunction(gateway),
      service(gateway),
      snapshot(gateway),
      image(gateway),
      secret(gateway),
    ]);
  },
  async run(session, seeded) {
    const targets = seeded as readonly Target[];
    const alice = session.organization.gateway.callers.trusted(security.id, "alice", "seed");
    const before = await Promise.all(targets.map(({ state }) => state()));
    const incidents: string[] = [];
    for (const [index, target] of targets.entries()) {
      const { name, state } = target;
      const answers = target.found
        ? (await session.inject(finding(target.found), `scenario resources, ${name}`)).results
        : await asked(session, alice, name);
      const [answer] = answers;
      incidents.push(answer?.incident ?? "none");
      session.check(
        `${name}: the plan waits, and nothing is changed`,
        answer?.outcome === "awaiting-approval" && same(await state(), before[index]),
      );
    }
    for (const [index, incident] of incidents.entries()) {
      const shown = await cordon(session, alice, "show", incident);
      const [, words = ""] =
        /npx cordon (approve \S+ --plan [0-9a-f]{8}) /.exec(shown.stdout) ?? [];
      await cordon(session, alice, ...words.split(" "), "--reason", "a drill");
      await session.settleWorkflows(`scenario resources, ${targets[index]?.name}, approved`);
    }
    const closed = await Promise.all(targets.map(({ state }) => state()));
    for (const [index, { name, isClosed }] of targets.entries()) {
      session.check(`${name}: approved, it is contained`, isClosed(closed[index]));
    }

    await session.organization.pass(60);
    await session.settle("scenario resources, a minute later");
    for (const { reopen } of targets) await reopen();
    await session.organization.watch();
    const again = await Promise.all(targets.map(({ state }) => state()));
    session.check(
      "what was opened again is contained again by the watch, each of them",
      targets.every((_, index) => same(again[index], closed[index])),
    );

    for (const [index, { name, state }] of targets.entries()) {
      const report = await release(session, incidents[index] ?? "");
      session.check(
        `${name}: one command gives its settings back, field by field`,
        report.outcome === "released" && same(await state(), before[index]),
      );
    }
  },
};

function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other);
}

/** Asks by command for what no finding is about. */
async function asked(
  session: DrillSession,
  person: Parameters<typeof cordon>[1],
  name: string,
): Promise<Injected["results"]> {
  const place = ["--account", site.account, "--region", site.region];
  const ended = await cordonAnswered(
    session,
    person,
    "contain",
    name,
    ...place,
    "--reason",
    "read",
  );
  const [, incident = "none"] = /npx cordon show (\S+)/.exec(ended.stdout) ?? [];
  const [, outcome = ended.stdout] = /^([a-z-]+): /.exec(ended.stdout) ?? [];
  return [{ outcome, incident }] as unknown as Injected["results"];
}

function finding({ type, resource }: NonNullable<Target["found"]>) {
  const id = type.replace(/\W/g, "").toLowerCase().padEnd(32, "0").slice(0, 32);
  const at = new Date().toISOString();
  return envelope(homeRegion, {
    schemaVersion: "2.0",
    accountId: site.account,
    region: site.region,
    partition: "aws",
    id,
    arn: findingArn(homeRegion, id),
    type,
    severity: 8,
    title: "A drill",
    createdAt: at,
    updatedAt: at,
    resource,
    service: {
      serviceName: "guardduty",
      archived: false,
      count: 1,
      eventFirstSeen: at,
      eventLastSeen: at,
    },
  });
}

async function bucket(gateway: Gateway): Promise<Target> {
  const s3 = new S3Client({ ...ownerConfig(gateway, site.account), forcePathStyle: true });
  const Bucket = "drill-ledger";
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Policy = allows("s3:GetObject", `arn:aws:s3:::${Bucket}/*`);
  const open = async () => {
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { BlockPublicAcls: true },
      }),
    );
  };
  await open();
  return {
    name: `bucket/${Bucket}`,
    found: {
      type: "Exfiltration:S3/AnomalousBehavior",
      resource: {
        resourceType: "S3Bucket",
        s3BucketDetails: [{ name: Bucket, arn: `arn:aws:s3:::${Bucket}` }],
        accessKeyDetails: {
          accessKeyId: "ASIAEXAMPLEKEY000001",
          principalId: "AROAEXAMPLEROLE000001:ana",
          userName: "analyst",
          userType: "AssumedRole",
        },
      },
    },
    reopen: open,
    async state() {
      const { Policy: found } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
      const block = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
      return JSON.stringify([
        JSON.parse(found ?? "null"),
        Object.values(block.PublicAccessBlockConfiguration ?? {}),
      ]);
    },
    isClosed: (state) => denies(state) && String(state).endsWith("[true,true,true,true]]"),
  };
}

async function lambdaFunction(gateway: Gateway): Promise<Target> {
  const role = await seedServiceRole(gateway, site, "lambda", { name: "drill-thumbs", allow: [] });
  const lambda = new LambdaClient(ownerConfig(gateway, site.account));
  const FunctionName = "drill-thumbs";
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role.arn,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      // An archive of nothing: it is never run.
      Code: { ZipFile: Buffer.from(`504b0506${"00".repeat(18)}`, "hex") },
    }),
  );
  const reserve = (ReservedConcurrentExecutions: number) =>
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  await reserve(5);
  return {
    name: `function/${FunctionName}`,
    found: {
      type: "Backdoor:Lambda/C&CActivity.B",
      resource: {
        resourceType: "Lambda",
        lambdaDetails: { functionName: FunctionName, role: role.arn },
      },
    },
    reopen: () => reserve(5),
    state: async () =>
      (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })))
        .ReservedConcurrentExecutions,
    isClosed: (state) => state === 0,
  };
}

async function service(gateway: Gateway): Promise<Target> {
  const ecs = new ECSClient(ownerConfig(gateway, site.account));
  const cluster = "drill";
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "cart",
      containerDefinitions: [{ name: "main", image: "cart:1", memory: 128 }],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: "cart",
      taskDefinition: "cart",
      desiredCount: 3,
    }),
  );
  return {
    name: `service/${cluster}/cart`,
    found: {
      type: "CryptoCurrency:Runtime/BitcoinTool.B",
      resource: {
        resourceType: "ECSCluster",
        ecsClusterDetails: {
          name: cluster,
          taskDetails: { group: "service:cart", startedBy: "ecs-svc/1234567890123456789" },
        },
      },
    },
    reopen: () => ecs.send(new UpdateServiceCommand({ cluster, service: "cart", desiredCount: 3 })),
    state: async () =>
      (await ecs.send(new DescribeServicesCommand({ cluster, services: ["cart"] }))).services?.[0]
        ?.desiredCount,
    isClosed: (state) => state === 0,
  };
}

async function snapshot(gateway: Gateway): Promise<Target> {
  const { ec2 } = ownerOf(gateway, site);
  const volume = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: `${homeRegion}a`, Size: 1 }),
  );
  const { SnapshotId = "" } = await ec2.send(
    new CreateSnapshotCommand({ VolumeId: volume.VolumeId }),
  );
  const share = () =>
    ec2.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId,
        OperationType: "add",
        GroupNames: ["all"],
        UserIds: [security.id],
      }),
    );
  await share();
  return {
    name: `snapshot/${SnapshotId}`,
    found: {
      type: "Execution:EC2/MaliciousFile!Snapshot",
      resource: {
        resourceType: "EBSSnapshot",
        ebsSnapshotDetails: { snapshotArn: `arn:aws:ec2:${homeRegion}::snapshot/${SnapshotId}` },
      },
    },
    reopen: share,
    async state() {
      const Attribute = "createVolumePermission";
      const found = await ec2.send(new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute }));
      return sharedWith(found.CreateVolumePermissions);
    },
    isClosed: (state) => state === "",
  };
}

async function image(gateway: Gateway): Promise<Target> {
  const { ec2 } = ownerOf(gateway, site);
  const { ImageId = "" } = await ec2.send(new RegisterImageCommand({ Name: "drill" }));
  const share = () =>
    ec2.send(
      new ModifyImageAttributeCommand({
        ImageId,
        LaunchPermission: { Add: [{ UserId: security.id }] },
      }),
    );
  await share();
  return {
    name: `image/${ImageId}`,
    found: {
      type: "Execution:EC2/MaliciousFile!AMI",
      resource: {
        resourceType: "EC2Image",
        ec2ImageDetails: { imageArn: `arn:aws:ec2:${homeRegion}::image/${ImageId}` },
      },
    },
    reopen: share,
    async state() {
      const Attribute = "launchPermission";
      const found = await ec2.send(new DescribeImageAttributeCommand({ ImageId, Attribute }));
      return sharedWith(found.LaunchPermissions);
    },
    isClosed: (state) => state === "",
  };
}

function sharedWith(
  permissions: readonly { Group?: string | undefined; UserId?: string | undefined }[] = [],
): string {
  return permissions
    .map(({ Group, UserId }) => Group ?? UserId)
    .sort()
    .join();
}

async function secret(gateway: Gateway): Promise<Target> {
  const secrets = new SecretsManagerClient(ownerConfig(gateway, site.account));
  const { ARN: SecretId = "" } = await secrets.send(
    new CreateSecretCommand({ Name: "drill/token", SecretString: "hidden" }),
  );
  const ResourcePolicy = allows("secretsmanager:GetSecretValue", "*");
  const share = () => secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
  await share();
  return {
    name: `secret/${SecretId.split(":secret:")[1]}`,
    reopen: share,
    async state() {
      const { ResourcePolicy: found } = await secrets.send(
        new GetResourcePolicyCommand({ SecretId }),
      );
      return JSON.stringify(JSON.parse(found ?? "null"));
    },
    isClosed: denies,
  };
}
