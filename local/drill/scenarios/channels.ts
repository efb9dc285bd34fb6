/** Scenario: every channel of `cordon:notify` gets an incident's messages; one is down, and the others hear of it. */

import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { parseCordonMessage } from "../../../contract/message";
import { functionRoleNames } from "../../../functions/catalogue/own-roles";
import type { ChannelsReport } from "../../../functions/handlers/test-channels";
import { homeRegion, members, security } from "../../gateway/accounts";
import { ownerConfig, trustedConfig } from "../../gateway/client";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import { opsgenieAccount } from "../../services/channels/opsgenie";
import { pagerDutyService } from "../../services/channels/pagerduty";
import { serviceNowInstance } from "../../services/channels/servicenow";
import { slackWorkspace } from "../../services/channels/slack";
import { teamsWorkflow } from "../../services/channels/teams";
import { webhookServer } from "../../services/channels/webhook";
import { jiraSite } from "../../services/jira";
import type { DrillSession } from "../session";
import { createQueue } from "./notification-targets";
import { release, type Scenario } from "./scenario";

const [shop] = members as [(typeof members)[number]];
const queueName = "cordon-messages";
const address = "security@example.com";
const hookKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const teamsUrl =
  "https://prod-00.westeurope.logic.azure.com:443/workflows/5f1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=Zm9vYmFyYmF6cXV4";
const slackToken = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy";
const jira = { project: "SEC", issueType: "Task", user: "cordon@example.com" };
const jiraToken = "ATATT3xFfGF0T4JNBLNs";

const parameters = {
  "/channels/slack": slackToken,
  "/channels/teams": teamsUrl,
  "/channels/pagerduty": "R0123456789abcdef0123456789abcde",
  "/channels/opsgenie": "eb243592-faa2-4ba2-a551-1afdf565c889",
  "/channels/webhook": JSON.stringify({ url: "https://hooks.example.com/cordon", key: hookKey }),
  "/channels/servicenow": "correct horse battery",
} as const;

const notify = [
  { name: "chat", type: "slack", channel: "C0123456789", secret: "/channels/slack" },
  { name: "team-chat", type: "teams", secret: "/channels/teams", timeZone: "Europe/Berlin" },
  { name: "pager", type: "pagerduty", secret: "/channels/pagerduty", urgent: true },
  { name: "on-call", type: "opsgenie", region: "eu", secret: "/channels/opsgenie" },
  { name: "soc", type: "webhook", secret: "/channels/webhook", units: ["ou-cord-workloads"] },
  {
    name: "tickets",
    type: "jira",
    site: "https://cordon-local.atlassian.net",
    ...jira,
    secret: `arn:aws:secretsmanager:${homeRegion}:${security.id}:secret:jira-token-a1B2c3`,
    done: "Done",
  },
  {
    name: "service-desk",
    type: "servicenow",
    site: "https://cordon.service-now.com",
    user: "cordon",
    secret: "/channels/servicenow",
  },
  {
    name: "shop-programs",
    type: "sqs",
    queue: `arn:aws:sqs:${homeRegion}:${shop.id}:${queueName}`,
    accounts: [shop.id],
  },
  { name: "rotation-only", type: "teams", secret: "/channels/teams", about: ["key-rotation"] },
  { name: "mail", type: "mail", to: address, severity: 4 },
];

interface Seeded {
  readonly target: SeededInstance;
  readonly providers: ReturnType<typeof serve>;
}

export const channels: Scenario = {
  name: "channels",
  title: "Every channel gets an incident from its containment to its release; one goes down",
  config: { notify: JSON.stringify(notify) },
  async seed(session): Promise<Seeded> {
    const { gateway } = session.organization;
    await putSecrets(session);
    const site = { account: shop.id, region: homeRegion };
    const vpc = await seedVpc(gateway, site, { groups: ["web"], ssmEndpoints: true });
    const target = await seedInstance(gateway, vpc, { interfaces: [["web"]], volumes: 1 });
    return { target, providers: serve(session) };
  },
  async run(session, seeded) {
    const { target, providers } = seeded as Seeded;
    const { gateway } = session.organization;
    const queue = await createQueue(ownerConfig(gateway, shop.id), shop.id, queueName, {
      Principal: { AWS: `arn:aws:iam::${security.id}:role/${functionRoleNames.notifyChannels}` },
    });
    gateway.subscriptions.confirm(address);
    try {
      const incident = await contain(session, target);
      const { chat, cards, desk, site, hook, pages } = providers;
      const [thread] = chat.messages;
      const [body = "{}"] = await queue.bodies();
      session.check(
        "the chats, the tickets, the web server and the queue have one message each, about the incident",
        chat.messages.length === 1 &&
          thread?.header.includes(target.id) === true &&
          cards.cards.length === 1 &&
          site.issues.length === 1 &&
          desk.records.length === 1 &&
          hook.taken.length === 1 &&
          parseCordonMessage(body).origin?.incident === incident,
      );
      session.check(
        "what pages people has nothing: the instance is contained",
        pages.alerts.length === 0,
      );
      session.check(
        "the address that confirmed has the mail",
        gateway.subscriptions.mails.filter(({ subject }) => subject.includes(target.id)).length ===
          1,
      );
      await again(session, target, providers);
      await release(session, incident);
      await session.settle("scenario channels, released");
      session.check(
        "the release is in the chat's thread, and closes the ticket and the record",
        chat.messages[1]?.thread === thread?.ts &&
          site.tickets.map(({ status }) => status).join() === "Done" &&
          desk.records.map(({ state }) => state).join() === "6",
      );
      await down(session, providers);
      await test(session);
    } finally {
      await queue.close();
      providers.close();
    }
  },
};

/** Injects the finding, and waits until its messages are delivered. */
async function contain(session: DrillSession, target: SeededInstance): Promise<string> {
  const finding = instanceFinding({ ...target, instance: target.id });
  const { results } = await session.inject(finding, "scenario channels");
  const incident = results.find(({ outcome }) => outcome === "contained")?.incident;
  session.check("the finding is answered with containment", incident != null);
  await session.settle("scenario channels, delivered");
  return incident ?? "";
}

/** Injects the same finding again: a duplicate says nothing to anybody. */
async function again(
  session: DrillSession,
  target: SeededInstance,
  { chat, site }: Seeded["providers"],
): Promise<void> {
  await session.inject(
    instanceFinding({ ...target, instance: target.id }),
    "scenario channels, again",
  );
  await session.settle("scenario channels, again");
  session.check(
    "the same finding again is in no channel",
    chat.messages.length === 1 && site.issues.length === 1,
  );
}

/** Revokes the chat's token: what comes next reaches all others, which hear of it once. */
async function down(session: DrillSession, providers: Seeded["providers"]): Promise<void> {
  const { chat, cards, pages } = providers;
  // Others hear of a channel once an hour, and five deliveries of two messages take half of one.
  const minutes = session.organization.lambda.now().getUTCMinutes();
  if (minutes > 20) await session.organization.pass((60 - minutes) * 60);
  const [before, shown] = [chat.messages.length, cards.cards.length];
  providers.revokeChat();
  for (const time of ["first", "second"]) {
    await publishAlarm(session, time);
    await session.settle(`scenario channels, chat is down, ${time} message`);
  }
  const alerts = pages.alerts.filter(({ summaries }) =>
    summaries.some((each) => each.includes("Channel chat does not take messages")),
  );
  session.check(
    "a chat that revoked the token holds up no other channel, and these hear of it once",
    chat.messages.length === before &&
      cards.cards.length === shown + 3 &&
      alerts.length === 1 &&
      alerts[0]?.summaries.length === 1,
  );
  session.check(
    "what the chat missed is kept among the dead letters",
    (await session.letters({
      queueArn: `arn:aws:sqs:${homeRegion}:${security.id}:cordon-deliver`,
    })) === 2,
  );
}

/** Publishes as CloudWatch does when an alarm rings: without attributes. */
async function publishAlarm(session: DrillSession, name: string): Promise<void> {
  const { gateway, contract } = session.organization;
  const text = JSON.stringify({
    AlarmName: `cordon-drill-${name}`,
    AlarmDescription: "A drill.",
    NewStateValue: "ALARM",
    NewStateReason: "A drill.",
  });
  const cloudWatch = {
    service: "cloudwatch.amazonaws.com",
    sourceArn: `arn:aws:cloudwatch:${homeRegion}:${security.id}:alarm:cordon-drill-${name}`,
    sourceAccount: security.id,
  };
  const topic = contract.noticeTopicArn;
  const subject = `ALARM: "cordon-drill-${name}"`;
  const why = await gateway.subscriptions.publishAs(cloudWatch, { topic, subject, text });
  if (why !== undefined) throw new Error(why);
}

/** Tests the channels as `npx cordon notify --test` does. */
async function test(session: DrillSession): Promise<void> {
  const { gateway } = session.organization;
  const client = new LambdaClient(trustedConfig(gateway, security.id, "analyst"));
  const first = gateway.record.entries.length;
  const asked = client.send(
    new InvokeCommand({ FunctionName: functionRoleNames.testChannels, Payload: "{}" }),
  );
  const published = () =>
    gateway.record.entries.slice(first).filter(({ action }) => action === "sns:Publish").length;
  let isOver = false;
  const over = asked.finally(() => {
    isOver = true;
  });
  // It waits for what the queue's function does, and settling waits for it: so only once it has published.
  while (published() < 2 && !isOver) await new Promise((resolve) => setTimeout(resolve, 50));
  await session.settle("scenario channels, test");
  const { Payload, FunctionError } = await over;
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined) throw new Error(`The function failed: ${text}`);
  const { tested } = JSON.parse(text) as ChannelsReport;
  const missing = tested.filter((each) => !each.delivered).map(({ name }) => name);
  session.check(
    "a test says that every channel took both messages, but for the chat, and why not",
    tested.length === 2 * notify.length &&
      missing.join() === "chat,chat" &&
      tested.some(({ why = "" }) => why.includes("invalid_auth")),
  );
}

async function putSecrets({ organization }: DrillSession): Promise<void> {
  const config = ownerConfig(organization.gateway, security.id);
  for (const [Name, Value] of Object.entries(parameters)) {
    const put = new PutParameterCommand({ Name, Type: "SecureString", Value });
    await new SSMClient(config).send(put);
  }
  await new SecretsManagerClient(config).send(
    new CreateSecretCommand({
      Name: "jira-token",
      SecretString: jiraToken,
      // Chooses what AWS generates: the last six characters of the ARN.
      Tags: [{ Key: "_custom_id_", Value: "a1B2c3" }],
    }),
  );
}

/** Opens every provider. */
function serve({ organization: { internet, lambda } }: DrillSession) {
  const tokens = { chat: slackToken };
  const chat = slackWorkspace({ token: slackToken, channels: ["C0123456789"] });
  const cards = teamsWorkflow(teamsUrl);
  const pages = pagerDutyService(parameters["/channels/pagerduty"]);
  const alerts = opsgenieAccount(parameters["/channels/opsgenie"]);
  const hook = webhookServer(hookKey, () => lambda.now());
  const site = jiraSite({ ...jira, token: jiraToken });
  const desk = serviceNowInstance({
    user: "cordon",
    password: parameters["/channels/servicenow"],
  });
  const revoked = slackWorkspace({ token: "xoxb-another", channels: ["C0123456789"] });
  const closing = [
    internet.serve("slack.com", (request) =>
      tokens.chat === slackToken ? chat.answer(request) : revoked.answer(request),
    ),
    internet.serve("prod-00.westeurope.logic.azure.com", cards.answer),
    internet.serve("events.pagerduty.com", pages.answer),
    internet.serve("api.eu.opsgenie.com", alerts.answer),
    internet.serve("hooks.example.com", hook.answer),
    internet.serve("cordon-local.atlassian.net", site.answer),
    internet.serve("cordon.service-now.com", desk.answer),
  ];
  return {
    chat,
    cards,
    pages,
    alerts,
    hook,
    site,
    desk,
    revokeChat: () => {
      tokens.chat = "revoked";
    },
    close: () => {
      for (const close of closing) close();
    },
  };
}
