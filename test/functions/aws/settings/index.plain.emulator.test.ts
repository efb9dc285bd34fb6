/** Settings that are one attribute: what is written back at the emulator is what was read. */
import { randomUUID } from "node:crypto";
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from "@aws-sdk/client-api-gateway";
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { CloudTrailClient, CreateTrailCommand } from "@aws-sdk/client-cloudtrail";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateNetworkInterfaceCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
  ModifySnapshotAttributeCommand,
} from "@aws-sdk/client-ec2";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  CreateLoadBalancerCommand as CreateClassicCommand,
  ElasticLoadBalancingClient,
} from "@aws-sdk/client-elastic-load-balancing";
import {
  CreateLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient, UpdateAccountPasswordPolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { settings } from "../../../../functions/aws/settings";
import { type ControlId, controlOf } from "../../../../functions/catalogue/controls";
import type { Value } from "../../../../functions/catalogue/controls/control";
import type { Settings } from "../../../../functions/model/member-account";
import { policyDocument } from "../../../../functions/model/policy-document";
import type { Statement } from "../../../../functions/model/statement";
import {
  type ChangeSetting,
  changeSetting,
} from "../../../../functions/remediate/steps/change-setting";
import { granted } from "../../../../functions/remediate/steps/shared/setting";
import { clientConfig } from "../../../../local/gateway/client";
import { type Gateway, startGateway } from "../../../../local/gateway/gateway";
import type { Credentials } from "../../../../local/gateway/iam/caller";
import { startEmulator } from "../../../support/local/adapters";
import { makeRole, trustLambda } from "../../../support/local/gateway";

const region = "us-east-1";
// Of keys that no role gave.
const account = "123456789012";
const credentials = { accessKeyId: "AKIAEXAMPLEFUNCTION1", secretAccessKey: "secret" };
const uuid = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809";
const team = { team: "web" };

describe("functions/aws/settings, one attribute each", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let gateway: Gateway;
  before(async () => {
    emulator = await startEmulator();
    gateway = await startGateway({ moto: emulator.moto });
  });
  after(async () => {
    await gateway.close();
    await emulator.close();
  });
  const open = () => settings(region, credentials, account);

  /** Calls through the gateway, which grants what these statements allow and nothing else. */
  async function allowed<T>(statements: readonly Statement[], call: (by: Settings) => Promise<T>) {
    const world = Object.assign(gateway, {
      as: (given: Credentials) => clientConfig(gateway, given),
      stop: async () => undefined,
    });
    const name = `role-${randomUUID()}`;
    const role = await makeRole(world, account, name, trustLambda, policyDocument(statements));
    const given = await gateway.callers.serviceSession("lambda", role, "run", "cordon");
    process.env.AWS_ENDPOINT_URL = gateway.url;
    try {
      return await call(settings(region, given, account));
    } finally {
      process.env.AWS_ENDPOINT_URL = emulator.moto.url;
    }
  }

  async function subnets(): Promise<string[]> {
    const ec2 = new EC2Client({ region });
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
    const made = [];
    for (const [zone, CidrBlock] of [
      ["a", "10.0.0.0/24"],
      ["b", "10.0.1.0/24"],
    ]) {
      const VpcId = Vpc?.VpcId ?? "";
      const AvailabilityZone = `${region}${zone}`;
      made.push(await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone })));
    }
    return made.map(({ Subnet }) => Subnet?.SubnetId ?? "");
  }

  async function bucket(Bucket: string): Promise<string> {
    const s3 = new S3Client({ region, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  }

  async function publicSnapshot(): Promise<string> {
    const ec2 = new EC2Client({ region });
    const { VolumeId } = await ec2.send(
      new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1 }),
    );
    const { SnapshotId = "" } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
    await ec2.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId,
        OperationType: "add",
        GroupNames: ["all"],
      }),
    );
    return SnapshotId;
  }

  async function loadBalancer(name: string): Promise<string> {
    const { LoadBalancers = [] } = await new ElasticLoadBalancingV2Client({ region }).send(
      new CreateLoadBalancerCommand({
        Name: name,
        Subnets: await subnets(),
        Tags: [{ Key: "team", Value: "web" }],
      }),
    );
    return LoadBalancers[0]?.LoadBalancerArn?.split(":loadbalancer/")[1] ?? "";
  }

  async function classic(LoadBalancerName: string): Promise<string> {
    await new ElasticLoadBalancingClient({ region }).send(
      new CreateClassicCommand({
        LoadBalancerName,
        AvailabilityZones: [`${region}a`],
        Listeners: [{ Protocol: "HTTP", LoadBalancerPort: 80, InstancePort: 80 }],
        Tags: [{ Key: "team", Value: "web" }],
      }),
    );
    return LoadBalancerName;
  }

  async function scalingGroup(name: string, balancers: string[]): Promise<string> {
    const client = new AutoScalingClient({ region });
    await client.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: name,
        ImageId: "ami-12c6146b",
        InstanceType: "t3.micro",
      }),
    );
    await client.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        LaunchConfigurationName: name,
        MinSize: 0,
        MaxSize: 0,
        AvailabilityZones: [`${region}a`],
        LoadBalancerNames: balancers,
        Tags: [{ Key: "team", Value: "web" }],
      }),
    );
    const { AutoScalingGroups = [] } = await client.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
    );
    return AutoScalingGroups[0]?.AutoScalingGroupARN?.split(":autoScalingGroup:")[1] ?? "";
  }

  async function stage(): Promise<string> {
    const client = new APIGatewayClient({ region });
    const { id: restApiId = "" } = await client.send(new CreateRestApiCommand({ name: "orders" }));
    const { items = [] } = await client.send(new GetResourcesCommand({ restApiId }));
    const { id: resourceId = "" } = await client.send(
      new CreateResourceCommand({ restApiId, parentId: items[0]?.id ?? "", pathPart: "one" }),
    );
    const method = { restApiId, resourceId, httpMethod: "GET" };
    await client.send(new PutMethodCommand({ ...method, authorizationType: "NONE" }));
    await client.send(new PutIntegrationCommand({ ...method, type: "MOCK" }));
    await client.send(new CreateDeploymentCommand({ restApiId, stageName: "prod" }));
    return `${restApiId}/stages/prod`;
  }

  interface Case {
    readonly make: () => Promise<string>;
    readonly before: Value;
    readonly wanted: Value;
    readonly tags?: Readonly<Record<string, string>>;
  }
  const cases: Partial<Record<ControlId, Case>> = {
    "transit-gateway-sharing": {
      make: async () => {
        const { TransitGateway } = await new EC2Client({ region }).send(
          new CreateTransitGatewayCommand({ Options: { AutoAcceptSharedAttachments: "enable" } }),
        );
        return TransitGateway?.TransitGatewayId ?? "";
      },
      before: "enable",
      wanted: "disable",
    },
    "source-destination-check": {
      make: async () => {
        const ec2 = new EC2Client({ region });
        const [SubnetId] = await subnets();
        const { NetworkInterface } = await ec2.send(
          new CreateNetworkInterfaceCommand({ SubnetId }),
        );
        const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId ?? "";
        await ec2.send(
          new ModifyNetworkInterfaceAttributeCommand({
            NetworkInterfaceId,
            SourceDestCheck: { Value: false },
          }),
        );
        return NetworkInterfaceId;
      },
      before: false,
      wanted: true,
    },
    "load-balancer-headers": {
      make: async () => {
        const id = await loadBalancer("headers");
        await open().write("load-balancer-headers", id, "false");
        return id;
      },
      before: "false",
      wanted: "true",
      tags: team,
    },
    "load-balancer-desync": {
      make: async () => {
        const id = await loadBalancer("desync");
        await open().write("load-balancer-desync", id, "monitor");
        return id;
      },
      before: "monitor",
      wanted: "defensive",
      tags: team,
    },
    "load-balancer-protection": {
      make: () => loadBalancer("protection"),
      before: "false",
      wanted: "true",
      tags: team,
    },
    "classic-balancer-draining": {
      make: () => classic("draining"),
      before: { Enabled: false, Timeout: 300 },
      wanted: { Enabled: true, Timeout: 300 },
      tags: team,
    },
    "classic-balancer-cross-zone": {
      make: () => classic("zones"),
      before: false,
      wanted: true,
      tags: team,
    },
    "classic-balancer-desync": {
      make: async () => {
        await open().write("classic-balancer-desync", await classic("modes"), "monitor");
        return "modes";
      },
      before: "monitor",
      wanted: "defensive",
      tags: team,
    },
    "group-health-check": {
      make: async () => scalingGroup("web", [await classic("web")]),
      before: "EC2",
      wanted: "ELB",
      tags: team,
    },
    "repository-scanning": {
      make: async () => {
        await new ECRClient({ region }).send(
          new CreateRepositoryCommand({
            repositoryName: "shop/web",
            tags: [{ Key: "team", Value: "web" }],
          }),
        );
        return "shop/web";
      },
      before: false,
      wanted: true,
      tags: team,
    },
    "repository-tags": {
      make: async () => {
        await new ECRClient({ region }).send(
          new CreateRepositoryCommand({
            repositoryName: "shop/tags",
            imageTagMutability: "MUTABLE_WITH_EXCLUSION",
            imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "v*" }],
          }),
        );
        return "shop/tags";
      },
      before: {
        mode: "MUTABLE_WITH_EXCLUSION",
        exclusions: [{ filterType: "WILDCARD", filter: "v*" }],
      },
      wanted: { mode: "IMMUTABLE" },
    },
    "cluster-insights": {
      make: async () => {
        await new ECSClient({ region }).send(
          new CreateClusterCommand({
            clusterName: "web",
            tags: [{ key: "team", value: "web" }],
          }),
        );
        return "web";
      },
      before: "disabled",
      wanted: "enabled",
      tags: team,
    },
    "topic-encryption": {
      make: async () => {
        await new SNSClient({ region }).send(
          new CreateTopicCommand({ Name: "orders", Tags: [{ Key: "team", Value: "web" }] }),
        );
        return "orders";
      },
      before: null,
      wanted: "alias/aws/sns",
      tags: team,
    },
    "queue-encryption": {
      make: async () => {
        await new SQSClient({ region }).send(
          new CreateQueueCommand({
            QueueName: "orders",
            Attributes: { SqsManagedSseEnabled: "false" },
            tags: team,
          }),
        );
        return "orders";
      },
      before: false,
      wanted: true,
      tags: team,
    },
    "stage-tracing": { make: stage, before: false, wanted: true },
    "log-retention": {
      make: async () => {
        const logs = new CloudWatchLogsClient({ region });
        for (const end of ["", "-other"])
          await logs.send(new CreateLogGroupCommand({ logGroupName: `/web${end}`, tags: team }));
        await logs.send(
          new PutRetentionPolicyCommand({ logGroupName: "/web", retentionInDays: 30 }),
        );
        return "/web";
      },
      before: 30,
      wanted: 365,
      tags: team,
    },
    "trail-validation": {
      make: async () => {
        await new S3Client({ region, forcePathStyle: true }).send(
          new CreateBucketCommand({ Bucket: "trails" }),
        );
        await new CloudTrailClient({ region }).send(
          new CreateTrailCommand({
            Name: "everything",
            S3BucketName: "trails",
            TagsList: [{ Key: "team", Value: "web" }],
          }),
        );
        return "everything";
      },
      before: false,
      wanted: true,
      tags: team,
    },
    "snapshot-public-sharing": {
      make: async () => account,
      before: "unblocked",
      wanted: "block-all-sharing",
    },
    "document-public-sharing": { make: async () => account, before: null, wanted: "Disable" },
    "automation-log": { make: async () => account, before: null, wanted: "CloudWatch" },
    "stack-protection": {
      make: async () => {
        const template = { Resources: { Q: { Type: "AWS::SQS::Queue" } } };
        const { StackId = "" } = await new CloudFormationClient({ region }).send(
          new CreateStackCommand({
            StackName: "orders",
            TemplateBody: JSON.stringify(template),
            Tags: [{ Key: "team", Value: "web" }],
          }),
        );
        return StackId.split(":stack/")[1] ?? "";
      },
      before: false,
      wanted: true,
      tags: team,
    },
    "bucket-acls": {
      make: () => bucket("lists"),
      before: null,
      wanted: "BucketOwnerEnforced",
    },
    "bucket-tls": {
      make: () => bucket("plain"),
      before: null,
      wanted: {
        Sid: "CordonDeniesRequestsWithoutTls",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: ["arn:aws:s3:::plain", "arn:aws:s3:::plain/*"],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    },
    "default-group-rules": {
      make: async () => {
        const { SecurityGroups = [] } = await new EC2Client({ region }).send(
          new DescribeSecurityGroupsCommand({
            Filters: [{ Name: "group-name", Values: ["default"] }],
          }),
        );
        return SecurityGroups[0]?.GroupId ?? "";
      },
      before: [
        { protocol: "-1", from: -1, to: -1, cidr: "0.0.0.0/0", description: "", outbound: true },
      ],
      wanted: [],
    },
    "password-policy": {
      make: async () => {
        await new IAMClient({ region }).send(
          new UpdateAccountPasswordPolicyCommand({
            MinimumPasswordLength: 20,
            MaxPasswordAge: 90,
            RequireSymbols: true,
          }),
        );
        return account;
      },
      before: {
        AllowUsersToChangePassword: false,
        HardExpiry: false,
        MaxPasswordAge: 90,
        MinimumPasswordLength: 20,
        PasswordReusePrevention: null,
        RequireLowercaseCharacters: false,
        RequireNumbers: false,
        RequireSymbols: true,
        RequireUppercaseCharacters: false,
      },
      wanted: {
        AllowUsersToChangePassword: false,
        HardExpiry: false,
        MaxPasswordAge: 90,
        MinimumPasswordLength: 20,
        PasswordReusePrevention: 24,
        RequireLowercaseCharacters: true,
        RequireNumbers: true,
        RequireSymbols: true,
        RequireUppercaseCharacters: true,
      },
    },
  };

  const postureReads = (control: ControlId, id: string) =>
    granted(controlOf(control).reads, id, { account, region });
  for (const [control, { make, before, wanted, tags = {} }] of Object.entries(cases) as [
    ControlId,
    Case,
  ][]) {
    it(`changes ${control} with its permissions alone, and gives it back`, async () => {
      const id = await make();
      const step: ChangeSetting = {
        kind: "change-setting",
        control,
        id,
        region,
        before,
        after: wanted,
      };
      const place = { account, region };
      const found = await allowed(postureReads(control, id), (by) => by.read(control, id));
      expect(found?.value).to.deep.equal(before);
      expect(found?.tags).to.deep.equal(tags);
      if (found?.wanted !== undefined) expect(found.wanted).to.deep.equal(wanted);
      const read = () => allowed(postureReads(control, id), (by) => by.read(control, id));
      await allowed(changeSetting.permissions(step, place), (by) => by.write(control, id, wanted));
      expect((await read())?.value).to.deep.equal(wanted);
      await allowed(changeSetting.undoPermissions(step, place), (by) =>
        by.write(control, id, before),
      );
      expect(await read()).to.deep.equal(found);
    });
  }

  it("makes public snapshots private with permissions for that alone", async () => {
    const id = await publicSnapshot();
    const [control, place] = ["public-snapshots", { account, region }] as const;
    const common = { kind: "change-setting", control, id: account, region } as const;
    const step: ChangeSetting = { ...common, before: [id], after: [] };
    const found = await open().read(control, account);
    expect(found?.value).to.include(id);
    await allowed(changeSetting.permissions(step, place), (by) => by.write(control, account, []));
    expect((await open().read(control, account))?.value).to.deep.equal([]);
    const refused = await allowed(changeSetting.permissions(step, place), (by) =>
      by.write(control, account, [id]).catch((error: Error) => error.name),
    );
    expect(refused).to.equal("UnauthorizedOperation");
    await allowed(changeSetting.undoPermissions(step, place), (by) =>
      by.write(control, account, found?.value ?? []),
    );
    expect(await open().read(control, account)).to.deep.equal(found);
  });

  it("knows what is gone, and what was made again under the same name", async () => {
    const gone: Partial<Record<ControlId, string>> = {
      "transit-gateway-sharing": "tgw-0123456789abcdef0",
      "source-destination-check": "eni-0123456789abcdef0",
      "load-balancer-headers": "app/gone/50dc6c495c0c9188",
      "classic-balancer-draining": "gone",
      "group-health-check": `${uuid}:autoScalingGroupName/web`,
      "repository-scanning": "gone",
      "cluster-insights": "gone",
      "topic-encryption": "gone",
      "queue-encryption": "gone",
      "stage-tracing": "a1b2c3d4e5/stages/prod",
      "log-retention": "/we",
      "trail-validation": "gone",
      "stack-protection": `orders/${uuid}`,
    };
    for (const [control, id] of Object.entries(gone)) {
      expect(await open().read(control as ControlId, id), control).to.equal(undefined);
    }
  });

  it("leaves alone what cannot have the setting, or has it from elsewhere", async () => {
    const [control, id] = ["group-health-check", await scalingGroup("alone", [])] as const;
    expect((await open().read(control, id))?.left).to.equal(
      "Auto Scaling group alone has no load balancer",
    );
    const { LoadBalancers = [] } = await new ElasticLoadBalancingV2Client({ region }).send(
      new CreateLoadBalancerCommand({ Name: "net", Type: "network", Subnets: await subnets() }),
    );
    const net = LoadBalancers[0]?.LoadBalancerArn?.split(":loadbalancer/")[1] ?? "";
    expect((await open().read("load-balancer-headers", net))?.left).to.equal(
      `Load balancer ${net} has no attribute routing.http.drop_invalid_header_fields.enabled`,
    );
    const { StackId = "" } = await new CloudFormationClient({ region }).send(
      new CreateStackCommand({
        StackName: "StackSet-network-1",
        TemplateBody: JSON.stringify({ Resources: { Q: { Type: "AWS::SQS::Queue" } } }),
      }),
    );
    const stack = StackId.split(":stack/")[1] ?? "";
    expect((await open().read("stack-protection", stack))?.left).to.equal(
      `A stack set manages stack ${stack}, and could not delete it any more`,
    );
    const logs = new CloudWatchLogsClient({ region });
    for (const logGroupName of ["/kept", "/aws/lambda/cordon-sweep"])
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
    expect(await open().read("log-retention", "/kept")).to.deep.equal({
      value: null,
      wanted: null,
      tags: {},
    });
    expect((await open().read("log-retention", "/aws/lambda/cordon-sweep"))?.left).to.match(
      /^Log group cordon-sweep is named as Cordon names its own/,
    );
  });

  it("wants nothing better of a queue that has a key of KMS, and gives the key back", async () => {
    await new SQSClient({ region }).send(
      new CreateQueueCommand({ QueueName: "keyed", Attributes: { KmsMasterKeyId: "alias/own" } }),
    );
    const found = await open().read("queue-encryption", "keyed");
    expect(found).to.deep.equal({ value: "alias/own", wanted: "alias/own", tags: {} });
    await open().write("queue-encryption", "keyed", "alias/own");
    expect(await open().read("queue-encryption", "keyed")).to.deep.equal(found);
  });

  it("takes away a password policy where there was none", async () => {
    await open().write("password-policy", account, null);
    await open().write("password-policy", account, null);
    const found = await open().read("password-policy", account);
    expect(found).to.deep.equal({
      value: null,
      wanted: {
        AllowUsersToChangePassword: false,
        HardExpiry: false,
        MaxPasswordAge: null,
        MinimumPasswordLength: 14,
        PasswordReusePrevention: 24,
        RequireLowercaseCharacters: true,
        RequireNumbers: true,
        RequireSymbols: true,
        RequireUppercaseCharacters: true,
      },
      tags: {},
    });
    await open().write("password-policy", account, found?.wanted ?? null);
    expect((await open().read("password-policy", account))?.value).to.deep.equal(found?.wanted);
  });
});
