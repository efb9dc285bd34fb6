import { DetachUserPolicyCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { credentialsAlive } from "../../local/drill/credential-probe";
import { readRole, readUser } from "../../local/drill/identity-state";
import type { JournalRecord } from "../../local/drill/journal";
import { homeRegion, members } from "../../local/gateway/accounts";
import type { Credentials } from "../../local/gateway/iam/caller";
import type { RecordedCall } from "../../local/gateway/record";
import { type AccessKeyFindingShape, accessKeyFinding } from "../../local/samples/credentials";
import {
  type SeededRole,
  seedFederatedRole,
  seedServiceRole,
  seedUser,
  signIn,
} from "../../local/seeds/identities";
import { ownerOf } from "../../local/seeds/owner";
import type { EventBridgeEvent } from "../../local/services/eventbridge/events";
import { type Bare, deployedBare } from "./deployed";
import { breakAtEveryCall, type FaultPlan, type Run, runAll, type Story } from "./fault-runs";

const denyAll = "arn:aws:iam::aws:policy/AWSDenyAll";
const site = { account: members[0]?.id ?? "", region: homeRegion };
const work = ["s3:ListAllMyBuckets", "ec2:DescribeInstances"];
/** One tag that containment overwrites, and one that is none of its business. */
const tags = { team: "payments", GuardDutyFindingType: "Recon:IAMUser/TorIPCaller" };
/** As many as the deployment's functions answer at once. */
const lanes = 16;

/** A run whose credentials can be probed: the stolen ones, and those that must keep working. */
interface CredentialRun extends Run {
  readonly stolen: readonly Credentials[];
  siblings(): Promise<readonly Credentials[]>;
}

interface CredentialStory extends Story {
  begin(here: Bare, plan: FaultPlan): Promise<CredentialRun>;
}

// Each order is written by hand from requirements C7, R2 and R3: the journal and the brakes' count first,
// the notice and the journal's end last.
const containAccessKey: CredentialStory = {
  order: [
    "dynamodb:TransactWriteItems",
    "iam:TagUser",
    "iam:AttachUserPolicy",
    ["iam:UpdateAccessKey", "iam:UpdateAccessKey"],
    // The notice is counted, published, and the containment closed.
    "dynamodb:UpdateItem",
    "sns:Publish",
    "dynamodb:UpdateItem",
  ],
  lanes,
  isRepaired: true,
  async begin({ organization: { gateway }, session }, { label, fault }) {
    const boundary = "arn:aws:iam::aws:policy/PowerUserAccess";
    const attach = ["arn:aws:iam::aws:policy/ReadOnlyAccess"];
    const user = await seedUser(gateway, site, {
      name: `key-${label}`,
      path: "/shop/",
      keys: 2,
      allow: work,
      attach,
      boundary,
      tags,
    });
    const before = await readUser(gateway, user);
    const ids = user.keys.map((key) => key.accessKeyId);
    const all = (status: string) => Object.fromEntries(ids.map((id) => [id, status]));
    expect(before.keys, label).to.deep.equal(all("Active"));
    // A release leaves keys disabled unless it is asked for them: here every other one is.
    const reactivateKeys = (fault?.at ?? 0) % 2 === 1;
    const event = findingOf(user, "IAMUser", user.keys[0], user.id);
    return {
      event,
      mark: user.id,
      resource: user.name,
      release: { reactivateKeys },
      stolen: user.keys,
      async opened() {
        const { iam } = ownerOf(gateway, site);
        await iam.send(new DetachUserPolicyCommand({ UserName: user.name, PolicyArn: denyAll }));
      },
      siblings: async () =>
        (await seedUser(gateway, site, { name: `sibling-${label}`, allow: work })).keys,
      async contained(incident) {
        const { steps } = await session.journal(incident);
        expect(steps.map(({ mark, ...step }) => step)).to.deep.equal([
          { kind: "tag-principal", ...marking("user", user, event, incident, steps) },
          {
            kind: "deny-user",
            user: identified(user),
            policy: policyIn(steps, incident),
            boundary,
          },
          ...ids.map((accessKey) => ({
            kind: "disable-access-key",
            user: identified(user),
            accessKey,
          })),
        ]);
        const state = await readUser(gateway, user);
        expect(state, label).to.deep.equal({
          ...before,
          keys: all("Inactive"),
          attached: [denyAll, ...attach],
          tags: { ...tags, ...marking("user", user, event, incident, steps).after },
        });
      },
      async released() {
        const state = await readUser(gateway, user);
        expect(state, label).to.deep.equal({
          ...before,
          keys: all(reactivateKeys ? "Active" : "Inactive"),
          tags: { ...tags, ...restored(state.tags) },
        });
      },
    };
  },
};

const revokePersonsSessions: CredentialStory = {
  order: [
    "dynamodb:TransactWriteItems",
    "iam:TagRole",
    "iam:PutRolePolicy",
    // The notice is counted, published, and the containment closed.
    "dynamodb:UpdateItem",
    "sns:Publish",
    "dynamodb:UpdateItem",
  ],
  lanes,
  async begin(here, { label }) {
    const { gateway, lambda } = here.organization;
    const role = await seedFederatedRole(gateway, site, {
      name: `person-${label}`,
      path: "/people/",
      allow: work,
      tags,
    });
    const stolen = await signIn(gateway, role, "jo@example.com");
    const signedIn = Date.now();
    return roleLife(here, label, role, stolen, "jo@example.com", {
      async siblings() {
        // Who signs in once the deny has been written, a propagation's time ago.
        gateway.callers.clock = () => new Date(lambda.now().getTime() + 60_000);
        try {
          return [await signIn(gateway, role, "jo@example.com")];
        } finally {
          gateway.callers.clock = () => lambda.now();
        }
      },
      stepOf({ issuedBefore }) {
        expect(Date.parse(issuedBefore), label).to.be.greaterThan(signedIn);
        return { kind: "revoke-sessions", issuedBefore };
      },
      denyOf: ({ issuedBefore }) => ({
        Sid: "CordonIssuedBefore",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { DateLessThan: { "aws:TokenIssueTime": issuedBefore } },
      }),
    });
  },
};

const revokeInstanceSessions: CredentialStory = {
  // The role itself is not contained, and bears no tags: its other instances go on.
  order: [
    "dynamodb:TransactWriteItems",
    "iam:PutRolePolicy",
    // The notice is counted, published, and the containment closed.
    "dynamodb:UpdateItem",
    "sns:Publish",
    "dynamodb:UpdateItem",
  ],
  lanes,
  async begin(here, { label }) {
    const { gateway } = here.organization;
    const role = await seedServiceRole(gateway, site, "ec2", {
      name: `web-${label}`,
      allow: work,
      tags,
    });
    const sessionOf = (instance: string) =>
      gateway.callers.serviceSession("ec2", role.arn, instance, "workload", {
        "ec2:SourceInstanceARN": `arn:aws:ec2:${homeRegion}:${site.account}:instance/${instance}`,
      });
    const stolen = await sessionOf("i-0a1b2c3d4e5f60718");
    const instanceArn = `arn:aws:ec2:*:${site.account}:instance/i-0a1b2c3d4e5f60718`;
    return roleLife(here, label, role, stolen, "i-0a1b2c3d4e5f60718", {
      siblings: async () => [await sessionOf("i-0f0f0f0f0f0f0f0f0")],
      stepOf: () => ({
        kind: "deny-instance-credentials",
        instanceArn,
        endpoints: [],
        session: "i-0a1b2c3d4e5f60718",
      }),
      denyOf: () => [
        {
          Sid: "CordonAll",
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { ArnEquals: { "ec2:SourceInstanceARN": instanceArn } },
        },
        {
          Sid: "CordonSession",
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { StringLike: { "aws:userid": "*:i-0a1b2c3d4e5f60718" } },
        },
      ],
      tagged: false,
    });
  },
};

/** What distinguishes one revocation from another: its step, and the statement it leaves. */
interface Revocation {
  siblings(): Promise<readonly Credentials[]>;
  stepOf(step: { readonly issuedBefore: string }): object;
  denyOf(step: { readonly issuedBefore: string }): object | readonly object[];
  /** Whether the role itself says that it is contained. @default true */
  readonly tagged?: boolean;
}

async function roleLife(
  { organization: { gateway }, session }: Bare,
  label: string,
  role: SeededRole,
  stolen: Credentials,
  sessionName: string,
  { siblings, stepOf, denyOf, tagged = true }: Revocation,
): Promise<CredentialRun> {
  const before = await readRole(gateway, role);
  const event = findingOf(role, "AssumedRole", stolen, `${role.id}:${sessionName}`);
  return {
    event,
    mark: role.id,
    resource: role.name,
    stolen: [stolen],
    siblings,
    async contained(incident) {
      const { steps } = await session.journal(incident);
      const policy = policyIn(steps, incident);
      const denial = steps.at(-1) as unknown as { readonly issuedBefore: string };
      expect(steps.map(({ mark, ...step }) => step)).to.deep.equal([
        ...(tagged
          ? [{ kind: "tag-principal", ...marking("role", role, event, incident, steps) }]
          : []),
        { role: named(role), policy, ...stepOf(denial) },
      ]);
      const state = await readRole(gateway, role);
      expect(state, label).to.deep.equal({
        ...before,
        inline: {
          ...before.inline,
          [policy]: { Version: "2012-10-17", Statement: [denyOf(denial)].flat() },
        },
        tags: {
          ...tags,
          ...(tagged && marking("role", role, event, incident, steps).after),
        },
      });
    },
    async released() {
      const state = await readRole(gateway, role);
      expect(state, label).to.deep.equal({
        ...before,
        tags: { ...tags, ...(tagged && restored(state.tags)) },
      });
    },
  };
}

for (const [name, story] of [
  ["contain-access-key", containAccessKey],
  ["revoke-sessions of a person", revokePersonsSessions],
  ["revoke-sessions of an instance", revokeInstanceSessions],
] as const) {
  describe(`a response of ${name} that is broken at its k-th call [R11]`, () => {
    breakAtEveryCall(story);

    it("kills the stolen credentials and no others, and gives them back", async () => {
      const here = await deployedBare();
      const plan = { label: "probed" };
      const run = await story.begin(here, plan);
      const probe = async (credentials: readonly Credentials[]) =>
        Promise.all(credentials.map((one) => credentialsAlive(here.organization.gateway, one)));
      const before = await probe(run.stolen);
      for (const { alive } of before) expect(alive).to.include.members(work);
      const gone: unknown[] = [];
      const probed: Run = {
        ...run,
        release: { reactivateKeys: true },
        async contained(incident) {
          await run.contained(incident);
          for (const { accepted, alive, dead } of await probe(run.stolen)) {
            expect(alive).to.deep.equal([]);
            expect(dead.length).to.be.greaterThan(70);
            gone.push(accepted);
          }
          for (const { alive } of await probe(await run.siblings())) {
            expect(alive).to.include.members(work);
          }
        },
        async released() {
          expect(await probe(run.stolen)).to.deep.equal(before);
        },
      };
      await runAll(here, { begin: async () => probed }, [plan]);
      // Disabled keys are none at all; a session that is denied is still known.
      expect(gone).to.deep.equal(name === "contain-access-key" ? [false, false] : [true]);
    });
  });
}

describe("twenty deliveries at once of one finding about an access key", () => {
  it("make one set of changes", async () => {
    const here = await deployedBare();
    const { organization, session } = here;
    const run = await containAccessKey.begin(here, { label: "storm" });
    await Promise.all(Array.from({ length: 20 }, () => organization.emit(homeRegion, run.event)));
    const { results, calls } = await session.settle("twenty at once");
    const reasons = results.map(({ outcome, reason }) => `${outcome}: ${reason}`).join("; ");
    expect(results.map(({ outcome }) => outcome).sort(), reasons).to.deep.equal([
      "contained",
      ...Array.from({ length: 19 }, () => "duplicate"),
    ]);
    const changes = changesAmong(calls);
    const timed = changes.map(({ action, ms, endMs, accessKeyId }) =>
      [action, Math.round(ms), Math.round(endMs - ms), accessKeyId.slice(-4)].join(" "),
    );
    expect(countsOf(changes), timed.join("; ")).to.deep.equal({
      "iam:UpdateAccessKey": 2,
      "iam:AttachUserPolicy": 1,
      "iam:TagUser": 1,
      "sns:Publish": 1,
    });
    await run.contained(results[0]?.incident ?? "");
  });
});

/**
 * The changes, but for those of the journal and the queues. What a busy machine answered too late or
 * with an error the SDK tried again, as it has to.
 */
function changesAmong(calls: readonly RecordedCall[]): readonly RecordedCall[] {
  return calls.filter(
    ({ action, mutating, status, ms, endMs }) =>
      mutating && !/^(dynamodb|sqs):/.test(action) && status === 200 && endMs - ms < answerMs,
  );
}

/** How long the functions' clients wait for an answer, less what it takes to see it. */
const answerMs = 19_000;

function countsOf(changes: readonly RecordedCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of changes) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

function findingOf(
  { account, region, name }: { account: string; region: string; name: string },
  userType: AccessKeyFindingShape["userType"],
  key: Credentials | undefined,
  principalId: string,
) {
  const accessKeyId = key?.accessKeyId ?? "";
  const shape = { account, region, userName: name, userType, accessKeyId, principalId };
  return accessKeyFinding({ ...shape, severity: 8 });
}

function named({ name, arn }: { readonly name: string; readonly arn: string }) {
  return { name, arn };
}

/** The name of the incident's policy, whose random part the plan has alone. */
function policyIn(steps: JournalRecord["steps"], incident: string): string {
  const [policy = ""] = steps.flatMap((step) => ("policy" in step ? [String(step.policy)] : []));
  expect(policy).to.match(new RegExp(`^Cordon-${incident}-[0-9a-f]{8}$`));
  return policy;
}

/** How a step names a user or role that it must not take for another. */
function identified(of: { readonly name: string; readonly arn: string; readonly id: string }) {
  return { ...named(of), uniqueId: of.id };
}

/** The tags that a containment sets and remembers; only their moment is taken from the journal. */
function marking(
  type: "user" | "role",
  principal: Parameters<typeof identified>[0],
  { detail }: EventBridgeEvent,
  incident: string,
  steps: JournalRecord["steps"],
) {
  const { id, type: findingType } = detail as { readonly id: string; readonly type: string };
  const [recorded] = steps.flatMap((step) => (step.kind === "tag-principal" ? [step] : []));
  const QuarantinedAt = recorded?.after.QuarantinedAt ?? "";
  expect(Date.parse(QuarantinedAt)).to.be.a("number").that.is.not.NaN;
  return {
    principal: { type, ...identified(principal) },
    before: {
      SecurityStatus: null,
      QuarantinedAt: null,
      CordonIncident: null,
      GuardDutyFindingId: null,
      GuardDutyFindingType: tags.GuardDutyFindingType,
    },
    after: {
      SecurityStatus: "Quarantined",
      QuarantinedAt,
      CordonIncident: incident,
      GuardDutyFindingId: id,
      GuardDutyFindingType: findingType,
    },
  };
}

/** The tags that a release leaves, with their time if it is one. */
function restored({ RestoredAt }: Readonly<Record<string, string>>) {
  expect(Date.parse(RestoredAt ?? "")).to.be.a("number").that.is.not.NaN;
  return { SecurityStatus: "Restored", RestoredAt };
}
