/** Scenario: another team's stack, in its own account, receives incidents. */
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type IncidentMessage, parseIncidentMessage } from "../../../contract/incident-message";
import type { StackContract } from "../../../contract/outputs";
import { homeRegion, members } from "../../gateway/accounts";
import { clientConfig, ownerConfig } from "../../gateway/client";
import type { Deployment } from "../../organization/engine";
import {
  type SeededRole,
  type SeededUser,
  seedServiceRole,
  seedUser,
} from "../../seeds/identities";
import { takeMessages } from "../../services/queue";
import type { DrillSession } from "../session";
import { keyOf, userFinding } from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

const [shop, platform] = members as [(typeof members)[number], (typeof members)[number]];
const outsider = "999988887777";

interface Seeded {
  readonly user: SeededUser;
  readonly reader: SeededRole;
}

export const consumer: Scenario = {
  name: "consumer",
  title: "Another team's stack receives an incident in its own account",
  async seed({ organization: { gateway } }): Promise<Seeded> {
    const user = await seedUser(
      gateway,
      { account: platform.id, region: homeRegion },
      { name: "report-bot", allow: ["s3:*"] },
    );
    const reader = await seedServiceRole(
      gateway,
      { account: shop.id, region: homeRegion },
      "lambda",
      { name: "incident-reader", allow: ["sqs:ReceiveMessage", "sqs:DeleteMessage"] },
    );
    return { user, reader };
  },
  async run(session, seeded) {
    const { user, reader } = seeded as Seeded;
    const { contract } = session.organization;
    const queueUrl = await consumerStack(session);
    await refusals(session, contract.noticeTopicArn);

    const finding = userFinding(user, keyOf(user), { account: platform.id });
    const { results } = await session.inject(finding, "scenario consumer");
    const [first, ...more] = await receive(session, reader, queueUrl);
    const incident = results[0]?.incident ?? "";
    const status = isDryRun(session) ? "dry-run" : "contained";
    session.check(
      `the team's queue receives one message: an incident of another account is ${status}`,
      more.length === 0 &&
        first?.status === status &&
        first.incident === incident &&
        first.account.id === platform.id &&
        first.resource === "user report-bot" &&
        first.playbook === "contain-access-key",
    );
    if (isDryRun(session)) return;
    await release(session, incident);
    const [released, ...others] = await receive(session, reader, queueUrl);
    session.check(
      "after the release it receives a second one, about the same plan",
      others.length === 0 &&
        released?.status === "released" &&
        released.incident === incident &&
        released.revision === first?.revision &&
        released.id !== first?.id,
    );
    session.check(
      "the topic delivers every message that the filter admits",
      session.organization.gateway.subscriptions.deliveries.every((each) => each.delivered),
    );
  },
};

/** Deploys the example twice, as its team would; returns the URL of its queue. */
async function consumerStack(session: DrillSession): Promise<string> {
  const engine = await session.organization.stack({
    project: "examples/consumer",
    account: shop.id,
    program: async () => (await import("../../../examples/consumer")).default(),
  });
  const first = await engine.up();
  const second = await engine.up();
  session.check(
    "the team's stack reads Cordon's contract and deploys; a second deployment changes nothing",
    // Two queues, a policy, a subscription, and the stack itself.
    first.changes.create === 5 && changed(second) === 0,
  );
  return String(first.outputs.queueUrl);
}

const changed = ({ changes }: Deployment): number =>
  Object.entries(changes).reduce((sum, [change, n]) => (change === "same" ? sum : sum + n), 0);

/** Attempts subscriptions that must be refused. */
async function refusals(
  session: DrillSession,
  TopicArn: StackContract["noticeTopicArn"],
): Promise<void> {
  const queueOf = (account: string) => `arn:aws:sqs:${homeRegion}:${account}:listening`;
  const attempts = [
    ["an account outside the organization", outsider, "sqs", queueOf(outsider)],
    ["a member that is not listed", platform.id, "sqs", queueOf(platform.id)],
    ["a listed account for another account's queue", shop.id, "sqs", queueOf(outsider)],
    ["a listed account for an email address", shop.id, "email", "someone@example.com"],
  ] as const;
  for (const [who, account, Protocol, Endpoint] of attempts) {
    const sns = new SNSClient(ownerConfig(session.organization.gateway, account));
    const refusal = await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint })).then(
      () => "nothing",
      (error: Error) => error.name,
    );
    session.check(
      `a subscription is refused: ${who}`,
      refusal === "AuthorizationErrorException" || refusal === "AuthorizationError",
    );
  }
}

/** Receives and deletes the messages in the team's queue, with its own function's credentials. */
async function receive(
  session: DrillSession,
  reader: SeededRole,
  QueueUrl: string,
): Promise<readonly IncidentMessage[]> {
  const { gateway } = session.organization;
  await gateway.subscriptions.settled();
  const credentials = await gateway.callers.serviceSession(
    "lambda",
    reader.arn,
    "incident-reader",
    "workload",
  );
  const sqs = new SQSClient(clientConfig(gateway, credentials));
  const messages = (await takeMessages(sqs, QueueUrl)).map(({ MessageAttributes = {} }) =>
    parseIncidentMessage(MessageAttributes.incident?.StringValue ?? ""),
  );
  session.received.push(...messages.map((message) => ({ account: shop.name, message })));
  return messages;
}
