/**
 * Spoils 10,000 messages, and gives each to the function that it is for, over an organization in memory.
 * Nothing but what the whole message names may be planned for, nothing may be changed where the envelope
 * is another one, and every message has an outcome. What fails is printed with what plays it again:
 * CORDON_BAD_INPUT=SEED:PATH of fast-check.
 */
import { expect } from "chai";
import fc from "fast-check";
import { logger } from "../../functions/handlers/logger";
import type { Incident } from "../../functions/model/incident";
import { isRegional } from "../../functions/model/resource";
import * as builders from "../support/builders";
import { fixture } from "../support/cases";
import {
  channel,
  cutKey,
  deadLetters,
  type Ending,
  keyRotation,
  Organization,
  otherMember,
  release,
  responderOf,
  securityAccount,
  sweep,
  triage,
  watch,
} from "../support/entry-points";
import { at, type Json, spoiled } from "../support/events";
import { type Mutation, mutations, spoiledBody } from "../support/mutations";
import { peoplesFunctions } from "../support/peoples-functions";

const now = new Date("2026-11-20T10:25:00.000Z");

function changed(name: string, ...changes: readonly (readonly [string, unknown])[]): Json {
  return changes.reduce<Json>(
    (event, [path, value]) => spoiled(event, path.split("."), value),
    fixture(name),
  );
}

const roleId = "AROAEXAMPLEROLE000001";
const owner = { userType: "IAMUser", userName: "deploy" };
const credentials = "detail.resource.accessKeyDetails";
const inGroup = [
  ["region", builders.region],
  ["time", "2026-11-20T10:20:00Z"],
  ["detail.awsRegion", builders.region],
  ["detail.configRuleName", "cordon-restricted-ssh-conformance-pack-a1b2c3"],
  ["detail.resourceType", "AWS::EC2::SecurityGroup"],
  ["detail.resourceId", builders.openGroup],
] as const;
const toRelease = "arn:aws:securityhub:us-east-1:123456789012:action/custom/CordonRelease";
const report = {
  Type: "Notification",
  MessageId: "0a1b2c3d",
  TopicArn: "arn:aws:sns:us-east-1:123456789012:cordon-topic",
  Message: 'Account "222233334444" User "deploy" needs to rotate their access key.',
  Timestamp: "2026-11-20T10:20:00.000Z",
};

const imported = [
  "control",
  "guardduty",
  "own-product",
  "partner",
  "v2-access-key",
  "v2-control",
  "v2-guardduty",
  "v2-sensitive-data",
  "v2-vulnerability",
  "vulnerability",
].map((name) => `security-hub-imported-${name}`);
const named = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, fixture(name)]));

const connection = "detail.service.action.networkConnectionAction";

interface Place {
  readonly entry: typeof triage;
  /** Whole messages, by name. */
  readonly messages: Readonly<Record<string, Json>>;
  /** What becomes of them whole. */
  readonly outcomes: readonly string[];
  readonly runs: number;
  /** Whether the target of the messages is contained already. @default false */
  readonly isContained?: true;
}

const places: Readonly<Record<string, Place>> = {
  "respond, instances": {
    entry: responderOf("contain-instance"),
    messages: {
      ...named(
        "guardduty-instance",
        "guardduty-runtime",
        "security-hub-instance",
        "security-hub-own-product-instance",
      ),
    },
    outcomes: ["contained"],
    runs: 500,
  },
  "respond, users": {
    entry: responderOf("contain-access-key"),
    messages: {
      ...named("security-hub-access-key", "security-hub-penetration-test"),
      "guardduty-access-key": changed("guardduty-access-key", ["detail.severity", 8]),
    },
    outcomes: ["contained"],
    runs: 900,
  },
  "respond, sessions": {
    entry: responderOf("revoke-sessions"),
    messages: {
      "guardduty-role-session": changed(
        "guardduty-access-key",
        ["detail.severity", 8],
        [
          credentials,
          {
            userType: "AssumedRole",
            userName: "analyst",
            principalId: `${roleId}:alice@example.com`,
            accessKeyId: "ASIAEXAMPLEKEY000009",
          },
        ],
      ),
    },
    outcomes: ["contained"],
    runs: 500,
  },
  "respond, sequences": {
    entry: responderOf("contain-sequence"),
    messages: named("guardduty-sequence"),
    outcomes: ["contained"],
    runs: 500,
  },
  "respond, posture": {
    entry: responderOf("fix-posture"),
    messages: {
      "config-open-ssh": changed("config-compliance-change", ...inGroup),
      "security-hub-open-ssh": changed(
        "security-hub-imported-control",
        ["detail.findings.0.Compliance.SecurityControlId", "EC2.13"],
        ["detail.findings.0.Resources.0.Id", builders.postureIncident().resource.arn],
      ),
    },
    outcomes: ["contained"],
    runs: 700,
  },
  "respond, tasks": {
    entry: responderOf("contain-instance"),
    messages: {
      "look-again": { task: "look-again", incident: builders.incidentKey },
      "ask-about-host": { task: "ask-about-host", incident: builders.instanceSessionKey },
      approved: { task: "approved", incident: `${builders.incidentKey}-1`, digest: "0".repeat(64) },
      requested: { task: "requested", request: "0".repeat(32) },
    },
    outcomes: ["logged", "refused"],
    runs: 500,
    isContained: true,
  },
  "respond, addresses": {
    entry: responderOf("block-address"),
    messages: {
      "guardduty-instance": {
        task: "block-address",
        address: "11.0.0.7",
        event: changed(
          "guardduty-instance",
          ["detail.type", "UnauthorizedAccess:EC2/SSHBruteForce"],
          [`${connection}.connectionDirection`, "INBOUND"],
          [`${connection}.remoteIpDetails.ipAddressV4`, "11.0.0.7"],
        ),
      },
    },
    outcomes: ["logged"],
    runs: 500,
  },
  "exposed key": {
    entry: cutKey,
    messages: {
      "trusted-advisor-exposed-key": changed(
        "trusted-advisor-exposed-key",
        ["account", builders.account],
        ["detail.check-item-detail.User Name (IAM or Root)", owner.userName],
        ["detail.check-item-detail.Access Key ID", builders.accessKey],
      ),
      ...Object.fromEntries(
        ["health-credentials-exposed", "health-iam-quarantine"].map((name) => [
          name,
          changed(
            name,
            ["account", builders.account],
            ["detail.affectedAccount", builders.account],
            ["detail.affectedEntities", [{ entityValue: builders.accessKey }]],
          ),
        ]),
      ),
      "cloudtrail-quarantine-attach": changed(
        "cloudtrail-quarantine-attach",
        ["account", builders.account],
        ["detail.recipientAccountId", builders.account],
        ["detail.requestParameters.userName", owner.userName],
      ),
    },
    outcomes: ["contained"],
    runs: 900,
  },
  release: {
    entry: release,
    messages: {
      "security-hub-release": changed("security-hub-instance", ["resources", [toRelease]]),
      expired: { task: "expired", incident: `${"0".repeat(16)}-1` },
    },
    outcomes: ["released", "logged"],
    runs: 400,
    isContained: true,
  },
  triage: {
    entry: triage,
    messages: {
      ...named(
        ...imported,
        "access-analyzer-finding",
        "cloudtrail-quarantine-detach",
        "cloudtrail-root-call",
        "cloudtrail-root-sign-in",
        "config-compliance-change",
        "guardduty-bucket",
        "guardduty-database",
        "guardduty-eks-runtime",
        "guardduty-function",
        "security-hub-console-login",
        "trusted-advisor-bucket-permissions",
      ),
      // Other functions have these, as long as they are whole.
      ...named(
        "guardduty-access-key",
        "guardduty-instance",
        "guardduty-runtime",
        "guardduty-sequence",
        "security-hub-access-key",
        "security-hub-instance",
        "trusted-advisor-exposed-key",
        "health-credentials-exposed",
      ),
      "config-open-ssh": changed("config-compliance-change", ...inGroup),
    },
    outcomes: ["notified", "logged", "left to another function", "refused"],
    runs: 2_400,
  },
  sweep: {
    entry: sweep,
    messages: {
      ...named("cloudtrail-create-vpc"),
      account: { task: "account", account: builders.account },
      "look-again": {
        task: "look-again",
        account: builders.account,
        region: builders.region,
        group: { vpc: "vpc-0a1b2c3d4e5f60718", name: "cordon-untrack-0f3a9c1d2b4e5f60-1" },
        held: ["eni-0a1b2c3d4e5f60718"],
      },
    },
    outcomes: ["logged"],
    runs: 600,
  },
  watch: {
    entry: watch,
    messages: named("cloudtrail-modify-network-interface", "cloudtrail-quarantine-detach"),
    outcomes: ["looked again", "logged"],
    runs: 500,
    isContained: true,
  },
  "key rotation": {
    entry: keyRotation,
    messages: {
      report,
      "ssm-automation-failed": changed("ssm-automation-failed", ["time", "2026-11-20T10:20:00Z"]),
    },
    outcomes: ["notified"],
    runs: 500,
  },
  "dead letters": {
    entry: deadLetters,
    messages: named("guardduty-instance", "security-hub-instance", "cloudtrail-create-vpc"),
    outcomes: ["kept"],
    runs: 400,
  },
  channels: {
    entry: channel,
    messages: { report },
    outcomes: ["sent on"],
    runs: 300,
  },
};

/** Errors that fail a message on purpose, so that it is delivered again. */
const namedErrors = [/^CloudTrail reported vpc-[0-9a-f]+, but EC2 does not show it yet$/];

const replayed = process.env.CORDON_BAD_INPUT;
const [seed, path] = (replayed ?? "").split(/:(.*)/s);
const parameters = replayed === undefined ? {} : { seed: Number(seed), path: path ?? "" };

describe("11,000 spoiled messages [D6]", () => {
  const level = logger.getLevelName();
  const { POWERTOOLS_METRICS_DISABLED: metrics } = process.env;
  const counted: Record<string, Record<string, number>> = {};

  before(() => {
    logger.setLogLevel("SILENT");
    process.env.POWERTOOLS_METRICS_DISABLED = "true";
  });
  after(() => {
    logger.setLogLevel(level);
    if (metrics === undefined) delete process.env.POWERTOOLS_METRICS_DISABLED;
    else process.env.POWERTOOLS_METRICS_DISABLED = metrics;
  });

  for (const [place, { entry, messages, outcomes, runs, isContained }] of Object.entries(places)) {
    it(`to ${place}: ${runs}`, async () => {
      const open = await organizations(isContained === true);
      const wholes = new Map<string, Organization>();
      for (const [name, message] of Object.entries(messages)) {
        const here = open();
        const ending = await entry(JSON.stringify(message), here);
        expect(ending.outcome, `${name}: ${ending.reason}`).to.be.oneOf(outcomes);
        wholes.set(name, here);
      }
      const own: Record<string, number> = {};
      counted[place] = own;
      const each = async (name: string, wrong: readonly Mutation[]) => {
        const whole = messages[name] ?? {};
        const body = spoiledBody(whole, wrong);
        fc.pre(body !== JSON.stringify(whole));
        const here = open();
        const ending = await entry(body, here);
        const isOfOther = isWhollyOfOther(whole, JSON.parse(body));
        const outcome = ending.error === undefined ? ending.outcome : "failed by a named error";
        const of =
          isOfOther && Object.keys(here.elsewhere.items).length > 0
            ? `${outcome}, of another account's name`
            : outcome;
        own[of] = (own[of] ?? 0) + 1;
        expectAnswered(ending);
        expectAboutNothingElse(here, wholes.get(name) ?? here, isOfOther);
        expectUnchangedUnlessCalled(here, whole, JSON.parse(body));
      };
      await play(Object.keys(messages), runs, each);
    });
  }

  it("to people's functions: 900", async () => {
    const functions = await peoplesFunctions();
    const own: Record<string, number> = {};
    counted["people's functions"] = own;
    for (const [name, { message, take }] of Object.entries(functions)) {
      expect((await take(structuredClone(message))).did, name).to.equal(1);
    }
    await play(Object.keys(functions), 900, async (name, wrong) => {
      const { message, take } = functions[name] ?? expect.fail(name);
      const body = spoiledBody(message, wrong);
      fc.pre(body !== JSON.stringify(message));
      const ending = await take(JSON.parse(body));
      own[ending.outcome] = (own[ending.outcome] ?? 0) + 1;
      // Nothing that was signed may be another thing, or more, or less.
      expect(ending.outcome).to.equal("refused");
      expect(ending.reason).to.match(/^[^\n]{10,600}$/);
      expect(ending.did).to.equal(0);
    });
  });

  it("have an outcome each", () => {
    const rows = Object.entries(counted).flatMap(([place, outcomes]) =>
      Object.entries(outcomes).map(([outcome, times]) => [place, outcome, times] as const),
    );
    const all = rows.reduce((sum, [, , times]) => sum + times, 0);
    for (const [place, outcome, times] of rows)
      console.log(`      ${place.padEnd(20)} ${outcome.padEnd(48)} ${String(times).padStart(6)}`);
    console.log(`      ${"all".padEnd(69)} ${String(all).padStart(6)}`);
    if (replayed === undefined) expect(all).to.equal(11_000);
  });
});

/** Plays as many mutations, and says of one that fails how it is played again. */
async function play(
  names: readonly string[],
  numRuns: number,
  each: (name: string, wrong: readonly Mutation[]) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(fc.constantFrom(...names), mutations, each);
  const { failed, counterexample, seed, counterexamplePath, errorInstance } = await fc.check(
    property,
    { numRuns, ...parameters },
  );
  if (!failed) return;
  const again = `CORDON_BAD_INPUT=${seed}:${counterexamplePath}`;
  throw new Error(`${again} plays it again: ${JSON.stringify(counterexample)}: ${errorInstance}`, {
    cause: errorInstance,
  });
}

/** Opens an organization for each message, of accounts as they are or with the instance contained. */
async function organizations(isContained: boolean): Promise<() => Organization> {
  const make = () => {
    const state = builders.identityAccount();
    state.roles.analyst!.id = roleId;
    return new Organization(
      {
        ...state,
        settings: {
          [`open-ssh ${builders.openGroup}`]: { value: [{ from: 22, to: 22 }], tags: {} },
        },
      },
      now,
    );
  };
  if (!isContained) return make;
  const first = make();
  first.home.pass(-20 * 60_000);
  await first.answer(builders.incident());
  return () => {
    const here = make();
    Object.assign(here.home.state, structuredClone(first.home.state));
    Object.assign(here.home.items, structuredClone(first.home.items));
    return here;
  };
}

function expectAnswered({ error, outcome, reason }: Ending): void {
  if (error !== undefined && !namedErrors.some((known) => known.test(error.message))) throw error;
  if (outcome === "refused") expect(reason.length, reason.slice(0, 200)).to.be.within(10, 2_000);
}

/**
 * Checks whether a message is as one about the other member would be: it names that account where the
 * sender's word alone says it, and no id that only one account has.
 */
function isWhollyOfOther(whole: Json, message: Json): boolean {
  const accounts = ["account", "detail.accountId", "detail.findings.0.AwsAccountId"]
    .map((path) => path.split("."))
    .filter((path) => at(whole, path) === builders.account);
  const isElsewhere = accounts.some((path) => others.some((other) => other === at(message, path)));
  return (
    isElsewhere &&
    !/"(AIDAEXAMPLEUSER000001|AROAEXAMPLEROLE000001:[^"]*)"/.test(JSON.stringify(message))
  );
}

const others = [otherMember, securityAccount];

/** What is planned is about what the whole message names. */
function expectAboutNothingElse(here: Organization, whole: Organization, isOfOther: boolean): void {
  const wanted = Object.values(whole.home.items).flatMap(({ record }) => namesOf(record.incident));
  for (const { record } of Object.values(here.home.items)) {
    expect(namesOf(record.incident).some((name) => wanted.includes(name))).to.equal(true);
  }
  expect(bystanders(here)).to.deep.equal(bystanders(whole));
  if (isOfOther) return;
  expect(Object.keys(here.elsewhere.items)).to.deep.equal([]);
  expect(here.elsewhere.changes).to.deep.equal([]);
}

/**
 * Names what an incident is about: a user is known by its unique id and key, too, under whatever name, and
 * an attack sequence by its parts.
 */
function namesOf({
  place,
  playbook,
  resource,
}: Pick<Incident, "place" | "playbook" | "resource">): readonly string[] {
  if (resource.kind === "sequence") return resource.parts.flatMap(namesOf);
  const where = `${playbook} ${place.account} ${isRegional(resource) ? place.region : ""}`;
  const ids = resource.kind === "user" ? [resource.uniqueId, resource.accessKey] : [];
  return [resource.id, ...ids].flatMap((id) =>
    id === undefined ? [] : [`${where} ${resource.kind} ${id}`],
  );
}

/** What no message names. */
function bystanders({ home: { state } }: Organization) {
  const { deploy: _, ...users } = state.users;
  const { analyst: __, web: ___, ...roles } = state.roles;
  return { users, roles };
}

const envelope = ["source", "detail-type", "account"];

function expectUnchangedUnlessCalled({ home, notices }: Organization, whole: Json, message: Json) {
  const differing = envelope.filter((name) => whole[name] !== message[name]);
  // AWS Health's administrator, which the security account may be, hears of the whole organization.
  const isOfHealths = whole.source === "aws.health" && message.account === securityAccount;
  if (differing.some((name) => name !== "account" || !isOfHealths)) {
    expect(home.changes).to.deep.equal([]);
  }
  for (const { subject, text } of [...notices, ...home.notices]) {
    // SNS takes 100 characters, and 256 KB with the attributes.
    expect(subject).to.match(/^[\x20-\x7e]{1,100}$/);
    expect(Buffer.byteLength(text)).to.be.below(100_000);
  }
  expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
}
