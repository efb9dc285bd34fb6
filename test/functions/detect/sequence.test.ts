import { expect } from "chai";
import fc from "fast-check";
import { detectGuardDuty } from "../../../functions/detect/guardduty";
import { readTarget } from "../../../functions/detect/request";
import { commandFor, mostParts, sequenceOf } from "../../../functions/detect/sequence";
import { sequenceFinding } from "../../../local/samples/sequence";

const place = { account: "222233334444", region: "eu-west-1" };
const group = "AttackSequence:EC2/CompromisedInstanceGroup";
const credentials = "AttackSequence:IAM/CompromisedCredentials";
const [one, two] = ["i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60719"];
const arn = (id: string, account = place.account) =>
  `arn:aws:ec2:eu-west-1:${account}:instance/${id}`;
const user = {
  id: "user:IAMUser:AIDAEXAMPLEUSER000001",
  user: {
    name: "deploy",
    uid: "AIDAEXAMPLEUSER000001",
    type: "IAMUser",
    credentialUid: "AKIAEXAMPLEKEY000001",
  },
};
const session = {
  id: "user:AssumedRole:AROAEXAMPLEROLE000001:ana",
  user: {
    name: "analyst",
    uid: "AROAEXAMPLEROLE000001:ana",
    type: "AssumedRole",
    credentialUid: "ASIAEXAMPLEKEY000001",
  },
  session: { issuer: "arn:aws:iam::222233334444:role/data/analyst" },
};
const process = { id: "process:1", process: { name: "xmrig", path: "/tmp/xmrig" } };
const instance = (id: string, more: object = {}) => ({
  uid: id,
  resourceType: "EC2_INSTANCE",
  ...more,
});

interface Parts {
  readonly actors?: readonly unknown[];
  readonly resources?: readonly unknown[];
  readonly signals?: readonly unknown[];
}

const read = (type: string, sequence: Parts) =>
  sequenceOf(type, { detection: { sequence } }, place);
const names = (type: string, sequence: Parts) => read(type, sequence).parts.map(({ name }) => name);
const asides = (type: string, sequence: Parts) =>
  read(type, sequence).asides.map(({ what, why, isOpen }) => [what, why, isOpen === true]);

describe("the parts of an attack sequence [D7]", () => {
  it("are its actors and the compromised instances, each as a finding of its own has it", () => {
    const parts = read(group, { actors: [user, session], resources: [instance(arn(one))] }).parts;
    expect(parts).to.deep.equal([
      {
        name: "user deploy",
        // By: printf '222233334444\niam\nuser-id/AIDAEXAMPLEUSER000001\ncontain-access-key' | sha256sum
        key: "68f166b5da54dc22",
        playbook: "contain-access-key",
        place,
        resource: {
          kind: "user",
          id: "deploy",
          uniqueId: "AIDAEXAMPLEUSER000001",
          accessKey: "AKIAEXAMPLEKEY000001",
        },
      },
      {
        name: "role analyst, session ana",
        // By: printf '222233334444\niam\nrole/analyst\nrevoke-sessions' | sha256sum
        key: "41485cd95a6efb59",
        playbook: "revoke-sessions",
        place,
        resource: {
          kind: "role",
          id: "analyst",
          uniqueId: "AROAEXAMPLEROLE000001",
          accessKey: "ASIAEXAMPLEKEY000001",
          session: "ana",
        },
      },
      {
        name: `instance ${one}`,
        // By: printf '222233334444\neu-west-1\ni-0a1b2c3d4e5f60718\ncontain-instance' | sha256sum
        key: "d6318837bd4426f1",
        playbook: "contain-instance",
        place,
        resource: { kind: "instance", id: one },
        begunBy: { who: "resource", why: "GuardDuty lists it among the compromised instances" },
      },
    ]);
  });

  it("have the instances that groups of a compromised group list, each once, in its own region", () => {
    const image = {
      uid: "ami-01",
      resourceType: "EC2_IMAGE",
      data: { ec2Image: { ec2InstanceUids: [two, one] } },
    };
    const found = read(group, {
      resources: [
        instance(one, { region: "us-east-1" }),
        image,
        { ...image, resourceType: "EC2_VPC" },
      ],
    });
    expect(found.parts.map((part) => [part.name, part.place.region])).to.deep.equal([
      [`instance ${one}`, "eu-west-1"],
      [`instance ${two}`, "eu-west-1"],
    ]);
  });

  it("have no node that the sequence does not name, and ask about those of a cluster that it names", () => {
    const cluster = {
      uid: "arn:aws:eks:eu-west-1:222233334444:cluster/shop",
      name: "shop",
      resourceType: "EKS_CLUSTER",
      data: { eksCluster: { ec2InstanceUids: [two] } },
    };
    for (const type of [
      "AttackSequence:EKS/CompromisedCluster",
      "AttackSequence:ECS/CompromisedCluster",
    ]) {
      const { parts } = read(type, { resources: [cluster, instance(one)] });
      expect(parts.map(({ name, begunBy }) => [name, begunBy?.who])).to.deep.equal([
        [`instance ${one}`, "unclear"],
      ]);
    }
  });

  it("have of other sequences an instance only where a process of the actor's runs on it", () => {
    const resources = [instance(arn(one)), instance(arn(two))];
    const signals = [
      { actorIds: ["process:1"], resourceUids: [arn(one)] },
      { actorIds: [user.id], resourceUids: [arn(two)] },
    ];
    const all = { actors: [user, process], resources, signals };
    expect(names(credentials, all)).to.deep.equal(["user deploy", `instance ${one}`]);
    expect(asides(credentials, all)).to.deep.equal([
      [
        `instance ${two}`,
        "the sequence names it as a resource that was acted on, and not as one that is compromised",
        false,
      ],
    ]);
  });

  it("leave out what is of another account, and say so", () => {
    const foreign = { ...session, session: { issuer: "arn:aws:iam::999988887777:role/analyst" } };
    const all = {
      actors: [foreign],
      resources: [instance(arn(one, "999988887777")), instance(two, { accountId: "999988887777" })],
    };
    expect(names(group, all)).to.deep.equal([]);
    const why = "it is of account 999988887777, and the finding of 222233334444";
    expect(asides(group, all)).to.deep.equal([
      ["AssumedRole analyst", why, true],
      [`instance ${one}`, why, true],
      [`instance ${two}`, why, true],
    ]);
  });

  it("have no session of a role that the finding does not name", () => {
    const { uid: _, ...unnamed } = session.user;
    for (const user of [unnamed, { ...unnamed, uid: "AROAEXAMPLEROLE000001" }]) {
      const found = read(group, { actors: [{ ...session, user }] });
      expect(found.parts).to.deep.equal([]);
      expect(found.asides.map(({ what, why, isOpen }) => [what, why, isOpen])).to.deep.equal([
        [
          "AssumedRole analyst",
          "The finding does not say which session of role analyst it is about",
          true,
        ],
      ]);
    }
  });

  it("take the session from the access key's own details where the actor has none", () => {
    const key = {
      uid: "ASIAEXAMPLEKEY000001",
      resourceType: "ACCESS_KEY",
      data: { accessKey: { principalId: "AROAEXAMPLEROLE000001:ana", userName: "analyst" } },
    };
    const { uid: _, ...unnamed } = session.user;
    expect(
      names(group, { actors: [{ ...session, user: unnamed }], resources: [key] }),
    ).to.deep.equal(["role analyst, session ana"]);
  });

  it("say urgently that root acted, and what to do", () => {
    const root = { id: "root", user: { name: "root", uid: place.account, type: "Root" } };
    const found = read(group, { actors: [root, user] });
    expect(found.urgent).to.equal(true);
    expect(found.parts.map(({ name }) => name)).to.deep.equal(["user deploy"]);
    expect(found.asides[0]?.why).to.include("no IAM policy restricts root");
    expect(found.asides[0]?.manualSteps[0]).to.include("Sign in as root now");
  });

  it("name buckets, clusters and other people's keys with what to do, and contain none", () => {
    const named = (resourceType: string, uid: string, name?: string) => ({
      uid,
      resourceType,
      name,
    });
    const resources = [
      named("S3_BUCKET", "arn:aws:s3:::reports", "reports"),
      named("EKS_CLUSTER", "arn:aws:eks:eu-west-1:222233334444:cluster/shop", "shop"),
      named("ECS_CLUSTER", "arn:aws:ecs:eu-west-1:222233334444:cluster/batch"),
      named("ACCESS_KEY", "AKIAEXAMPLEKEY000009"),
      named("ACCESS_KEY", user.user.credentialUid),
      named("EC2_VPC", "vpc-01"),
    ];
    const found = read(credentials, { actors: [user], resources });
    expect(found.parts.map(({ name }) => name)).to.deep.equal(["user deploy"]);
    expect(found.asides.map(({ what }) => what)).to.deep.equal([
      "bucket reports",
      "EKS cluster shop",
      "ECS cluster batch",
      "access key AKIAEXAMPLEKEY000009",
    ]);
    const steps = found.asides.flatMap(({ manualSteps }) => manualSteps).join("\n");
    expect(steps).to.include("aws s3api put-public-access-block --bucket=reports ");
    expect(steps).to.include("aws eks update-kubeconfig --name=shop --region=eu-west-1");
    expect(steps).to.include("aws ecs stop-task --cluster=batch --region=eu-west-1");
  });

  it("are twenty at most: the rest has its commands", () => {
    const ids = Array.from({ length: 23 }, (_, n) => `i-${String(n).padStart(17, "0")}`);
    const found = read(group, { resources: ids.map((id) => instance(id)) });
    expect([found.parts.length, mostParts]).to.deep.equal([20, 20]);
    expect(found.asides).to.deep.equal([
      {
        what: "3 further resources",
        why: "Cordon contains at most 20 resources of one sequence",
        manualSteps: ["20", "21", "22"].map(
          (n) =>
            `npx cordon contain i-000000000000000${n} --account=222233334444 --region=eu-west-1 --reason "WHY"`,
        ),
        isOpen: true,
      },
    ]);
  });

  it("are not crowded out by sessions of one role under many names, nor by what was only acted on", () => {
    const named = (n: number) => ({
      ...session,
      id: `session-${n}`,
      user: { ...session.user, uid: `AROAEXAMPLEROLE000001:s${n}` },
    });
    const sessions = Array.from({ length: 22 }, (_, n) => named(n));
    const touched = Array.from({ length: 20 }, (_, n) =>
      instance(`i-${String(n).padStart(17, "0")}`),
    );
    const found = read(credentials, { actors: [...sessions, user], resources: touched });
    expect(found.parts.map(({ name }) => name)).to.include("user deploy");
    expect(found.asides[0]).to.deep.include({ what: "3 further resources", isOpen: true });
  });

  it("tell users apart who had one name, one after the other", () => {
    const again = { ...user, user: { ...user.user, uid: "AIDAEXAMPLEUSER000009" } };
    expect(names(credentials, { actors: [user, again] })).to.deep.equal([
      "user deploy, AIDAEXAMPLEUSER000001",
      "user deploy, AIDAEXAMPLEUSER000009",
    ]);
  });

  it("are of the account that the actor is of, and no other's user is taken for it", () => {
    const foreign = { ...user, user: { ...user.user, account: { uid: "999988887777" } } };
    const found = read(credentials, { actors: [foreign] });
    expect(found.parts).to.deep.equal([]);
    expect(found.asides.map(({ what, why, isOpen }) => [what, why, isOpen])).to.deep.equal([
      ["IAMUser deploy", "it is of account 999988887777, and the finding of 222233334444", true],
    ]);
  });

  it("have commands that name the same target", () => {
    for (const { resource, place: at, playbook } of read(group, {
      actors: [user, session],
      resources: [instance(one)],
    }).parts) {
      const target = /contain (\S+) /.exec(commandFor({ resource, place: at }))?.[1] ?? "";
      expect(readTarget(target)).to.deep.include({ playbook });
    }
  });

  it("are not kept from view by anything of another shape", () => {
    const odd = [null, 7, "x", {}, { id: 3 }, { uid: "i-1" }];
    expect(
      names(group, {
        actors: [...odd, user],
        resources: [...odd, instance(one)],
        signals: odd,
      }),
    ).to.deep.equal(["user deploy", `instance ${one}`]);
    fc.assert(
      fc.property(fc.anything(), (service) => {
        expect(sequenceOf(group, service, place).parts).to.deep.equal([]);
      }),
    );
  });
});

describe("a finding about an attack sequence [D7]", () => {
  const security = "444455556666";
  const shape = {
    ...place,
    actors: [
      {
        name: "deploy",
        type: "IAMUser",
        principalId: "AIDAEXAMPLEUSER000001",
        accessKeyId: "AKIAEXAMPLEKEY000001",
      },
    ],
    instances: [one, two],
    id: "1ab2c3d4e5f60718293a4b5c6d7e8f90",
  } as const;
  const detect = (event: object) => detectGuardDuty({ ...event, account: security }, security);

  it("is one incident, whose updates have the same key", () => {
    const [first, update] = [shape, { ...shape, instances: [one] }].map((each) =>
      detect(sequenceFinding(each)),
    );
    if (first?.kind !== "incident" || update?.kind !== "incident")
      return expect.fail("no incident");
    const { playbook, key, resource, finding } = first.incident;
    // By: printf '222233334444\neu-west-1\nsequence/1ab2c3d4e5f60718293a4b5c6d7e8f90\ncontain-sequence' | sha256sum
    expect([playbook, key, update.incident.key]).to.deep.equal([
      "contain-sequence",
      "2dd5267a10056d0f",
      "2dd5267a10056d0f",
    ]);
    expect(resource.kind === "sequence" && resource.name).to.equal("user deploy and 2 more");
    expect(finding.mustAsk).to.equal(undefined);
  });

  it("asks where the catalogue does not list its type", () => {
    const found = detect(
      sequenceFinding({ ...shape, type: "AttackSequence:RDS/CompromisedCluster" }),
    );
    expect(found.kind === "incident" && found.incident.finding.mustAsk).to.include("does not list");
  });

  it("is left to people where it names nothing that Cordon contains", () => {
    const root = {
      name: "root",
      type: "Root",
      principalId: place.account,
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    } as const;
    const found = detect(
      sequenceFinding({ ...shape, actors: [root], instances: [], buckets: ["reports"] }),
    );
    if (found.kind !== "unanswered") return expect.fail("an answer");
    expect(found.resource).to.equal("Root root");
    expect(found.advice?.urgent).to.equal(true);
    expect(found.advice?.why).to.equal(
      "The attack sequence names nothing that Cordon contains. Root root: The account's root user acted: no IAM policy restricts root, so that Cordon cannot contain it. bucket reports: a bucket is contained by itself, after an approval",
    );
    expect(found.advice?.manualSteps.at(-1)).to.include(
      "aws s3api put-public-access-block --bucket=reports ",
    );
  });
});
