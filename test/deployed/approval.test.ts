import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { signProof } from "../../functions/aws/caller-proof";
import type { AnswerReport } from "../../functions/handlers/approve";
import { type AnswerRequest, type Approval, bindingOf } from "../../functions/record/approvals";
import { cordon, runOut } from "../../local/drill/people";
import { roleFinding } from "../../local/drill/scenarios/credential-checks";
import { homeRegion, security } from "../../local/gateway/accounts";
import type { Credentials } from "../../local/gateway/iam/caller";
import { securityHubCustomAction } from "../../local/samples/security-hub";
import { type SeededRole, seedServiceRole } from "../../local/seeds/identities";
import { type Deployed, deployed } from "./deployed";
import { as, shop } from "./exposure";

let here: Deployed;

interface Waiting {
  readonly role: SeededRole;
  readonly stolen: Credentials;
  readonly incident: string;
  readonly approval: Approval;
}

/** A role of a Lambda function whose containment waits for people. */
async function waiting(name: string): Promise<Waiting> {
  const { gateway } = here.organization;
  const role = await seedServiceRole(gateway, shop, "lambda", { name, allow: ["s3:*"] });
  const { arn } = role;
  const stolen = await gateway.callers.serviceSession("lambda", arn, name, "workload");
  const { results } = await here.session.inject(roleFinding(role, stolen, name), "test");
  expect(results.map(({ outcome }) => outcome)).to.deep.equal(["awaiting-approval"]);
  const incident = results[0]?.incident ?? "";
  const shown = await invoke({ show: incident });
  if (shown.outcome !== "shown") throw new Error(shown.outcome);
  return { role, stolen, incident, approval: shown.approvals[0] as Approval };
}

const person = (name: string, account = security.id) =>
  here.organization.gateway.callers.trusted(account, name, "seed");

/** Invokes the function as somebody of the security account who may. */
async function invoke(request: object): Promise<AnswerReport> {
  const lambda = new LambdaClient(as(here.organization.gateway.url, person("operator")));
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: "cordon-approve", Payload: JSON.stringify(request) }),
  );
  expect(FunctionError).to.equal(undefined);
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as AnswerReport;
}

/** Signs an answer with a person's credentials, at the functions' time. */
async function signed(
  { incident, approval }: Waiting,
  credentials: Credentials,
  changes: Partial<AnswerRequest> = {},
) {
  const request: AnswerRequest = {
    incident,
    digest: approval.digest,
    decision: "approve",
    reason: "seen in the logs",
    ...changes,
  };
  const at = here.organization.lambda.now();
  const binding = bindingOf(request, security.id);
  return { ...request, proof: await signProof(homeRegion, binding, { credentials, at }) };
}

/** What Cordon changed in members since, as the gateway recorded it. */
function changesSince(first: number): readonly string[] {
  return here.organization.gateway.record.entries
    .slice(first)
    .filter(({ origin, mutating, service }) => origin === "cordon" && mutating && service === "iam")
    .map(({ action }) => action);
}

describe("an approval, at the deployed functions [C5]", () => {
  before("deploy into the local organization", async () => {
    here = await deployed();
  });

  it("lets the plan be carried out once, by a person's proof alone", async () => {
    const asked = await waiting("approved-once");
    const first = here.organization.gateway.record.entries.length;
    const request = await signed(asked, person("alice"));
    const by = `arn:aws:iam::${security.id}:user/alice`;
    expect(await invoke(request)).to.deep.equal({
      outcome: "approved",
      incident: asked.incident,
      by,
    });
    const { results } = await here.session.settleWorkflows("test");
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(["contained"]);
    expect(changesSince(first)).to.include("iam:PutRolePolicy");
    const { status } = await here.session.journal(asked.incident);
    expect(status).to.equal("contained");
    const replayed = await invoke(request);
    expect(replayed)
      .to.have.property("reason")
      .that.matches(/^Incident \S+ was approved by |does not wait/);
    expect((await here.session.settleWorkflows("test")).executions).to.deep.equal([]);
  });

  it("is answered by the command as whoever runs it, and rejected so", async () => {
    const asked = await waiting("rejected-once");
    const first = here.organization.gateway.record.entries.length;
    const ended = await cordon(
      here.session,
      person("bob"),
      ...["reject", asked.incident, "--plan", asked.approval.revision, "--reason", "known"],
    );
    expect(ended).to.deep.equal({
      status: 0,
      stdout: `Incident ${asked.incident} is rejected by arn:aws:iam::${security.id}:user/bob.\n`,
      stderr: "",
    });
    const { executions } = await here.session.settleWorkflows("test");
    expect(executions.map(({ states }) => states)).to.deep.equal([
      ["Ask", "WhichAnswer", "NotifyRejected", "Rejected"],
    ]);
    expect(changesSince(first)).to.deep.equal([]);
    const other = await cordon(
      here.session,
      person("bob"),
      ...["approve", asked.incident, "--plan", "00000000", "--reason", "known"],
    );
    expect(other.stderr).to.match(/^The plan of incident \S+ is [0-9a-f]{8} now, not 00000000: /);
  });

  it("shows what the principal did before, and says why where that could not be read [R12]", async () => {
    const { excerpt } = (await waiting("seen-before")).approval;
    // Nobody has used the session: there is no call, and nothing is missing.
    expect(excerpt).to.deep.include({ calls: [], found: 0, missing: [] });
    const { gateway } = here.organization;
    const action = "cloudtrail:LookupEvents";
    gateway.faults.arm({ at: 1, action, kind: "stall", lasting: true });
    try {
      const { approval } = await waiting("seen-never");
      expect(approval.excerpt?.missing).to.have.lengthOf(1);
      expect(approval.excerpt?.missing[0]).to.match(
        /^CloudTrail could not be read in us-east-1: NoAnswer: no answer within 8 seconds\. /,
      );
    } finally {
      gateway.faults.disarm();
    }
  });

  it("reads CloudTrail by a role that may do nothing else in a member [R12]", async () => {
    const { gateway } = here.organization;
    const own = await gateway.callers.serviceSession(
      "lambda.amazonaws.com",
      `arn:aws:iam::${security.id}:role/cordon-ask-approval`,
      "cordon-ask-approval",
      "cordon",
    );
    const sts = new STSClient(as(gateway.url, own));
    const assume = async (role: string, RoleSessionName = "cordon-excerpt") => {
      const { Credentials: issued } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: `arn:aws:iam::${shop.account}:role/${role}`,
          RoleSessionName,
          ExternalId: "cordon-local",
        }),
      );
      return {
        accessKeyId: issued?.AccessKeyId ?? "",
        secretAccessKey: issued?.SecretAccessKey ?? "",
        sessionToken: issued?.SessionToken ?? "",
      };
    };
    const codeOf = (call: Promise<unknown>) =>
      call.then(
        () => "done",
        (error: Error) => error.name,
      );
    for (const role of [
      "cordon-contain-identity",
      "cordon-contain-instance",
      "cordon-release-identity",
      "cordon-release-instance",
      "cordon-prepare-instance",
      "cordon-deploy",
    ]) {
      expect(await codeOf(assume(role)), role).to.equal("AccessDenied");
    }
    const session = await assume("cordon-investigate-identity");
    const config = as(gateway.url, session);
    const trail = new CloudTrailClient(config);
    expect(await codeOf(trail.send(new LookupEventsCommand({})))).to.equal("done");
    const iam = new IAMClient(config);
    const UserName = "deploy-bot";
    for (const call of [
      iam.send(new ListUsersCommand({})),
      iam.send(
        new UpdateAccessKeyCommand({
          UserName,
          AccessKeyId: "AKIAEXAMPLEKEY000001",
          Status: "Inactive",
        }),
      ),
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "x", PolicyDocument: "{}" })),
    ]) {
      expect(await codeOf(call)).to.match(/^AccessDenied/);
    }
  });

  const refused: readonly (readonly [string, (asked: Waiting) => Promise<object>, RegExp])[] = [
    [
      "forged with a secret that is not the key's",
      (asked) => signed(asked, { ...person("alice"), secretAccessKey: "guessed" }),
      /^STS did not confirm who answers: SignatureDoesNotMatch: /,
    ],
    [
      "forged: a rejection presented as an approval",
      async (asked) => ({
        ...(await signed(asked, person("alice"), { decision: "reject" })),
        decision: "approve",
      }),
      /^STS did not confirm who answers: SignatureDoesNotMatch: /,
    ],
    [
      "widened beyond what was signed",
      async (asked) => {
        const { only: _, ...all } = await signed(asked, person("alice"), { only: [0, 1] });
        return all;
      },
      /^STS did not confirm who answers: SignatureDoesNotMatch: /,
    ],
    [
      "signed for another organization's Cordon",
      async (asked) => {
        const { proof: _, ...request } = await signed(asked, person("alice"));
        const at = here.organization.lambda.now();
        const binding = bindingOf(request, "999988887777");
        const proof = await signProof(homeRegion, binding, { credentials: person("alice"), at });
        return { ...request, proof };
      },
      /^STS did not confirm who answers: SignatureDoesNotMatch: /,
    ],
    [
      "by a member of the incident's account",
      (asked) => signed(asked, person("owner", shop.account)),
      /user\/owner may not answer: it is of the account that the incident is about/,
    ],
    [
      "by the compromised role itself",
      (asked) => signed(asked, asked.stolen),
      /may not answer: the incident is about this principal$/,
    ],
    [
      "about another plan",
      (asked) => signed(asked, person("alice"), { digest: "0".repeat(64) }),
      /waits for this plan: it is another one now/,
    ],
    [
      "about another incident",
      (asked) => signed(asked, person("alice"), { incident: "0123456789abcdef-1" }),
      /^The journal has no incident 0123456789abcdef-1$/,
    ],
    [
      "with a proof of six minutes ago",
      async (asked) => {
        const request = await signed(asked, person("alice"));
        here.organization.lambda.advanceClock(6 * 60_000);
        return request;
      },
      /which is not within 5 minutes of /,
    ],
  ];
  it("is refused in one sentence, and nothing changed, whatever is wrong with it", async () => {
    const asked = await waiting("attacked");
    const first = here.organization.gateway.record.entries.length;
    for (const [what, make, reason] of refused) {
      const report = await invoke(await make(asked));
      expect(report, what).to.have.property("outcome", "refused");
      expect(report, what).to.have.property("reason").that.matches(reason);
    }
    expect((await here.session.settleWorkflows("test")).executions).to.deep.equal([]);
    expect(changesSince(first)).to.deep.equal([]);
    // It still waits for those who may.
    expect(await invoke(await signed(asked, person("alice"), { decision: "reject" }))).to.include({
      outcome: "rejected",
    });
    await here.session.settleWorkflows("test");
  });

  it("ends unanswered with an escalation, and is refused after it", async () => {
    const asked = await waiting("unanswered");
    const first = here.organization.gateway.record.entries.length;
    const { endWait } = await runOut(here.session, asked.incident, 4);
    const late = await signed(asked, person("alice"));
    expect(await invoke(late))
      .to.have.property("reason")
      .that.matches(/ expired at /);
    await endWait();
    // The workflow goes on as soon as the wait ends.
    const { executions, calls } = await here.session.settleWorkflows("test", first);
    expect(executions.map(({ states }) => states)).to.deep.equal([
      ["Ask", "NotifyUnanswered", "Unanswered"],
    ]);
    const subjects = calls
      .filter(({ action }) => action === "sns:Publish")
      .map(({ request }) => (request as { Subject: string }).Subject);
    expect(subjects).to.deep.equal([
      `[Cordon] URGENT Not approved in time: no change made: role unanswered (UnauthorizedAccess:IAMUser...`,
    ]);
    expect(changesSince(first)).to.deep.equal([]);
  });

  it("is over, and ends silently, where a responder contains from Security Hub meanwhile", async () => {
    const asked = await waiting("overtaken");
    const { organization, session } = here;
    const { role, stolen, incident } = asked;
    const finding = {
      ...shop,
      userName: role.name,
      userType: "AssumedRole",
      principalId: `${role.id}:overtaken`,
      accessKeyId: stolen.accessKeyId,
    };
    const chosen = securityHubCustomAction(finding, { id: "CordonContain", name: "CordonContain" });
    const outcomes: string[] = [];
    // The tags name the finding: of another one the plan is another one, which is announced first.
    for (let times = 0; times < 2; times++) {
      organization.lambda.advanceClock(1_000);
      const event = { ...chosen, time: organization.lambda.now().toISOString() };
      const { results } = await session.inject(event, "test");
      outcomes.push(...results.map(({ outcome }) => outcome));
    }
    expect(outcomes).to.deep.equal(["awaiting-approval", "contained"]);
    expect(await invoke(await signed(asked, person("alice")))).to.deep.equal({
      outcome: "refused",
      reason: `Incident ${incident} does not wait for an answer: ${incident} is contained`,
    });
    const { endWait } = await runOut(session, incident, 4);
    const { length } = organization.gateway.record.entries;
    await endWait();
    const { executions, calls } = await session.settleWorkflows("test", length);
    expect(executions.map(({ states }) => states.at(-1))).to.deep.equal([
      "Unanswered",
      "Unanswered",
    ]);
    expect(calls.filter(({ action }) => action === "sns:Publish")).to.deep.equal([]);
  });

  it("has the responder take tasks of its workflow's role, and of nobody else's", async () => {
    const { organization } = here;
    const sqs = new SQSClient({
      ...as(organization.gateway.url, await session()),
      useQueueUrlAsEndpoint: false,
    });
    const { queueUrl } = organization.contract.responders["revoke-sessions"];
    const MessageBody = JSON.stringify({
      task: "approved",
      incident: "0123456789abcdef-1",
      digest: "0".repeat(64),
    });
    const denied = await sqs
      .send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }))
      .catch((error: Error) => error);
    expect((denied as Error).name).to.match(/AccessDenied/);

    async function session(): Promise<Credentials> {
      const role = await seedServiceRole(
        organization.gateway,
        { account: security.id, region: homeRegion },
        "lambda",
        { name: "curious", allow: ["sqs:*"] },
      );
      return organization.gateway.callers.serviceSession("lambda", role.arn, "f", "workload");
    }
  });
});
