import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import { groupScope, typeScope } from "../../functions/catalogue/brake-scopes";
import { findOwner } from "../../functions/detect/exposed-key";
import { exposureNotice } from "../../functions/flows/exposed-key/notice";
import { failedReportNotice } from "../../functions/flows/key-rotation/notice";
import { whatWasMade } from "../../functions/flows/respond/what-was-made";
import { lookUpEvents } from "../../functions/model/command";
import { brakeNotice, falsePositivesNotice } from "../../functions/notify/brake-notice";
import { section, sectionsText } from "../../functions/notify/message";
import { readerOf } from "../../functions/remediate/facts";
import type { Issuer } from "../../functions/remediate/facts/session-issuer";
import { planOf } from "../../functions/remediate/playbooks";
import { sessionNextSteps } from "../../functions/remediate/playbooks/session-notes";
import { type Kind, kindOf, kinds, type Step } from "../../functions/remediate/steps";
import * as builders from "../support/builders";
import { hostileNames, run } from "../support/hostile";

const now = new Date("2026-11-20T10:05:00Z");
const { place, instanceId } = builders;
/** What a shell needs no quotes for, and no text has of itself. */
const plainName = "Neutral-name";

describe("the commands in what responders read [E2]", () => {
  const neutral = wordsOf(plainName);

  it("come from every place that writes some", () => {
    const programs = neutral.map(([first]) => first?.slice(0, 3).join(" "));
    for (const program of [
      "aws autoscaling attach-instances",
      "aws autoscaling enter-standby",
      "aws autoscaling record-lifecycle-action-heartbeat",
      "aws cloudtrail lookup-events",
      "aws ecs list-container-instances",
      "aws eks update-kubeconfig",
      "aws iam attach-role-policy",
      "aws iam delete-service-linked-role",
      "aws iam get-login-profile",
      "aws iam put-role-policy",
      "aws iam untag-role",
      "aws iam untag-user",
      "aws iam update-access-key",
      "aws ssm start-session",
      "kubectl cordon NODE",
      "npx cordon brake",
    ]) {
      expect(programs).to.include(program);
    }
    const named = neutral.filter((words) => words.flat().join(" ").includes(plainName));
    expect(named).to.have.length.above(40);
  });

  for (const name of hostileNames) {
    it(`have the name ${name} as one word, and a shell does nothing that it says`, () => {
      const named = wordsOf(name);
      const expected = neutral.map((commands) =>
        commands.map((words) => words.map((word) => word.replaceAll(plainName, () => name))),
      );
      expect(named).to.have.lengthOf(expected.length);
      const others = named.filter((each, index) => !isDeepStrictEqual(each, expected[index]));
      expect(others).to.deep.equal([]);
    });
  }
});

/** Runs every command of the texts in a shell, and gives the words that each one gets. */
function wordsOf(name: string) {
  const lines = textsWith(name).flatMap((text) => sectionsText([section("", [text])]).split("\n"));
  const { words, canary } = run(lines.flatMap(commandsIn));
  expect(canary, name).to.equal(false);
  // A look-up has two forms: here one.
  return words.map((commands) => commands.map((each) => each.map(shortForm)));
}

function shortForm(word: string): string {
  if (!word.startsWith("[{")) return word;
  const [{ AttributeKey, AttributeValue }] = JSON.parse(word);
  return `AttributeKey=${AttributeKey},AttributeValue=${AttributeValue}`;
}

/** Finds the commands of a line: each ends where its sentence does, outside quotes. */
function commandsIn(line: string): readonly string[] {
  const begins = /(?<![\w-])(aws [a-z][a-z0-9-]+ [a-z]|npx cordon|kubectl )/.exec(line);
  if (begins === null) return [];
  const rest = line.slice(begins.index);
  let quote = "";
  for (let at = 0; at < rest.length; at++) {
    const character = rest.charAt(at);
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === "\\") at++;
    else if (character === "'" || character === '"') quote = character;
    else if (/^([.,:] |[.,:]$)/.test(rest.slice(at))) {
      return [rest.slice(0, at), ...commandsIn(rest.slice(at))];
    }
  }
  return [rest];
}

/** Everything with a command in it that may hold a name which others choose. */
function textsWith(name: string): readonly string[] {
  const incident = builders.incident({ type: name });
  const held = { limit: 1, trippedAt: now.toISOString(), incident: `${builders.incidentKey}-1` };
  const group = { ...held, scope: groupScope(place, name) };
  const type = { ...held, scope: typeScope(name) };
  return [
    ...Object.values(kinds).flatMap(({ widest }) => widest.map((step) => manualOf(step, name))),
    ...instancePlans(name),
    ...identityPlans(name),
    ...limits(name),
    ...made(name),
    ...brakeNotice(group, incident).text.split("\n"),
    ...falsePositivesNotice(type, incident, { share: "2 of 10", fewest: 5 }).text.split("\n"),
    ...findOwner(name),
    ...exposureNotice({}, { place, finding: incident.finding, accessKey: name }).text.split("\n"),
    ...failedReportNotice(
      { ...place, id: "1", execution: name, status: "Failed" },
      "Web shop",
    ).text.split("\n"),
    lookUpEvents("Username", name, place.region),
  ];
}

/** Writes the manual step of a kind's widest sample, each of whose texts is the name, but for Cordon's own. */
function manualOf(
  sample: { readonly kind: Kind; readonly control?: string; readonly setting?: string },
  name: string,
): string {
  const named = (value: unknown): unknown =>
    typeof value === "string"
      ? name
      : Array.isArray(value)
        ? value.map(named)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, named(each)]))
          : value;
  const { kind, control, setting } = sample;
  const own = { kind, ...(control && { control }), ...(setting && { setting }) };
  const step = { ...(named(sample) as object), ...own } as Step;
  return kindOf(sample.kind).manual(step);
}

function planTexts(incident: Parameters<typeof planOf>[0], facts: unknown): readonly string[] {
  const plan = planOf(incident, facts, `${incident.key}-1`, now, builders.policy(), "5eed0001");
  const steps = plan.stages.flatMap((stage) => stage.steps);
  return [
    ...(plan.open ?? []),
    ...plan.residual,
    ...plan.nextSteps,
    ...steps.map((step) => kindOf(step.kind).manual(step)),
  ];
}

function instancePlans(name: string): readonly string[] {
  const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`team-${n}`, name]));
  const clusters: readonly Readonly<Record<string, string>>[] = [
    { "aws:ecs:clusterName": name },
    { "eks:cluster-name": name },
    { "aws:eks:cluster-name": name },
    { "eks:eks-cluster-name": name },
    { [`kubernetes.io/cluster/${name}`]: "owned" },
    fifty,
  ];
  return clusters.flatMap((tags) =>
    ["InService", "Standby", "Terminating:Wait"].flatMap((state) =>
      planTexts(builders.incident(), {
        instance: {
          id: instanceId,
          state: "running",
          spot: true,
          rootDevice: "ebs",
          vpc: "vpc-01",
          profile: name,
          tags,
          volumes: [],
        },
        attributes: {},
        interfaces: [],
        autoScalingGroup: { name, state },
        groupSize: 3,
        targets: [{ arn: name, port: 80 }],
        lastIn: [],
        loadBalancers: [name],
        role: { name, arn: `arn:aws:iam::${place.account}:role/${name}` },
        quarantineGroups: [],
        ssmEndpoints: [
          { id: "vpce-0ssm", vpc: "vpc-01", groups: ["sg-endpoints"], addresses: ["10.20.1.7/32"] },
        ],
        unread: [
          { what: "disableApiTermination", why: name },
          { what: "autoScalingGroup", why: name },
        ],
      }),
    ),
  );
}

function identityPlans(name: string): readonly string[] {
  const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`team-${n}`, name]));
  const user = builders.userIncident();
  const role = (session: string, accessKey: string) => ({
    ...builders.roleIncident(),
    resource: { kind: "role", id: name, session, accessKey } as const,
  });
  const trusts = [
    { services: [], others: "people" },
    { services: [], others: "anyone" },
    { services: ["ec2.amazonaws.com"], others: "nobody" },
  ];
  const issuers: readonly Issuer[] = [
    { by: "ec2" },
    { by: "caller" },
    { by: "person" },
    ...(["ECS task", "EKS pod", "CodeBuild build"] as const).map((workload) => ({
      by: "service" as const,
      name: { service: "x", workload, shape: /x/ },
    })),
  ];
  return [
    ...[fifty, {}].flatMap((tags) =>
      [undefined, name].flatMap((accessKey) =>
        planTexts(
          {
            ...user,
            resource: { kind: "user", id: name, ...(accessKey !== undefined && { accessKey }) },
          },
          {
            user: { name: `${name}`, uniqueId: name, arn: name, tags, boundary: name },
            keys: [{ id: name, active: true }],
            exposed: [],
            denied: false,
            others: { "SSH public key": [name] },
            unread: { "console password": name, "MFA device": name },
          },
        ),
      ),
    ),
    ...[fifty, {}].flatMap((tags) =>
      trusts.flatMap((trust) =>
        planTexts(role(trust.others === "nobody" ? instanceId : name, ""), {
          role: { name, uniqueId: name, arn: name, tags, trust: {} },
          trust,
          denies: [],
        }),
      ),
    ),
    ...issuers.flatMap((issuer) => [
      ...sessionNextSteps(issuer, role(name, "").resource, { ...place, account: name }),
      ...sessionNextSteps(issuer, role(name, name).resource, place),
    ]),
  ];
}

/** Writes the manual steps in place of a response. */
function limits(name: string): readonly string[] {
  const session = builders.roleIncident();
  const role = { ...session, resource: { ...session.resource, id: name, session: name } };
  const arn = (path: string) => `arn:aws:iam::${place.account}:role/${path}/${name}`;
  const trust = { services: [], others: "nobody" };
  const user = builders.userIncident();
  const target = (tags: object) => ({
    instance: { id: instanceId, state: "running", tags, operator: "eks.amazonaws.com" },
    interfaces: [{ id: "eni-01", managed: true, groups: [], tags: {}, vpc: "vpc-01" }],
    quarantineGroups: [],
    ssmEndpoints: [],
    lastIn: [],
    unread: [],
  });
  const cases: readonly (readonly [Parameters<typeof planOf>[0], unknown])[] = [
    [role, { role: undefined, trust, denies: [] }],
    ...["aws-service-role", "aws-reserved/sso.amazonaws.com", "aws-reserved", "x"].map(
      (path) => [role, { role: { name, arn: arn(path), tags: {} }, trust, denies: [] }] as const,
    ),
    [{ ...user, resource: { ...user.resource, id: name, accessKey: name } }, { keys: [] }],
    [builders.incident(), target({ "eks:cluster-name": name })],
    [builders.incident(), target({ "aws:ecs:clusterName": name })],
  ];
  return cases.flatMap(([incident, facts]) => {
    const { limit } = readerOf(incident.resource.kind).circumstances(facts, incident);
    return limit?.manualSteps ?? [];
  });
}

/** Writes the commands about what a principal made. */
function made(name: string): readonly string[] {
  const calls = [
    ...["CreateUser", "CreateAccessKey", "UpdateAccessKey", "ChangePassword", "CreateLoginProfile"],
    ...["CreateRole", "UpdateAssumeRolePolicy", "AttachUserPolicy", "AttachRolePolicy"],
    ...["AttachGroupPolicy", "PutUserPolicy", "PutRolePolicy", "PutGroupPolicy"],
    ...["CreatePolicyVersion", "SetDefaultPolicyVersion", "AddUserToGroup"],
  ].map((call) => [call, "iam"]);
  const all = [
    ...calls,
    ["AssumeRole", "sts"],
    ["CreateFunction20150331", "lambda"],
    ["UpdateFunctionCode20150331v2", "lambda"],
    ["RunInstances", "ec2"],
  ];
  const events = all.map(([EventName = "", service = ""], index) => ({
    EventId: `${index}`,
    EventName,
    EventSource: `${service}.amazonaws.com`,
    EventTime: now,
    CloudTrailEvent: JSON.stringify({
      awsRegion: "eu-central-1",
      userIdentity: { userName: name },
      requestParameters: {
        ...Object.fromEntries(
          ["userName", "roleName", "groupName", "policyName", "policyArn", "functionName"].map(
            (key) => [key, name],
          ),
        ),
        accessKeyId: name,
        roleArn: `arn:aws:iam::${place.account}:role/${name}`,
        status: "Active",
      },
      responseElements: {
        accessKey: { accessKeyId: name },
        instancesSet: { items: [{ instanceId }] },
      },
    }),
  }));
  return whatWasMade(events, { account: place.account, now }).flatMap(({ commands }) => commands);
}
