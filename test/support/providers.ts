/** The stand-ins of every provider, reached without a network, and the channels that post to them. */
import type { Channel, PostedChannel } from "../../functions/catalogue/channels";

import type { ChannelPorts } from "../../functions/channels/ports";
import { opsgenieAccount } from "../../local/services/channels/opsgenie";
import { pagerDutyService } from "../../local/services/channels/pagerduty";
import { serviceNowInstance } from "../../local/services/channels/servicenow";
import { slackWorkspace } from "../../local/services/channels/slack";
import { teamsWorkflow } from "../../local/services/channels/teams";
import { webhookServer } from "../../local/services/channels/webhook";
import type { InternetAnswer, InternetRequest } from "../../local/services/internet";
import { jiraSite } from "../../local/services/jira";

export const now = new Date("2026-11-30T10:30:00Z");

export const secrets = {
  "/cordon/slack": "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy",
  "/cordon/teams":
    "https://prod-00.westeurope.logic.azure.com:443/workflows/5f1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=Zm9vYmFyYmF6cXV4",
  "/cordon/pagerduty": "R0123456789abcdef0123456789abcde",
  "/cordon/opsgenie": "eb243592-faa2-4ba2-a551-1afdf565c889",
  "/cordon/webhook": JSON.stringify({
    url: "https://hooks.example.com/cordon/9f2c61b7",
    key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  }),
  "/cordon/jira": "ATATT3xFfGF0T4JNBLNs\n",
  "/cordon/servicenow": "correct horse battery",
} as const;

export const channels = {
  slack: { type: "slack", name: "soc", channel: "C0123456789", secret: "/cordon/slack" },
  teams: { type: "teams", name: "soc", secret: "/cordon/teams" },
  pagerduty: { type: "pagerduty", name: "soc", secret: "/cordon/pagerduty" },
  opsgenie: { type: "opsgenie", name: "soc", region: "eu", secret: "/cordon/opsgenie" },
  webhook: { type: "webhook", name: "soc", secret: "/cordon/webhook" },
  jira: {
    type: "jira",
    name: "soc",
    site: "https://example.atlassian.net",
    project: "SEC",
    issueType: "Task",
    user: "bot@example.com",
    secret: "/cordon/jira",
    done: "Done",
  },
  servicenow: {
    type: "servicenow",
    name: "soc",
    site: "https://example.service-now.com",
    user: "cordon",
    secret: "/cordon/servicenow",
  },
  sqs: { type: "sqs", name: "soc", queue: "arn:aws:sqs:eu-west-1:222233334444:soc" },
  sns: { type: "sns", name: "soc", topic: "arn:aws:sns:eu-west-1:222233334444:soc" },
} as const satisfies Record<PostedChannel["type"], Channel>;

export const hosts = {
  slack: "slack.com",
  teams: "prod-00.westeurope.logic.azure.com",
  pagerduty: "events.pagerduty.com",
  opsgenie: "api.eu.opsgenie.com",
  webhook: "hooks.example.com",
  jira: "example.atlassian.net",
  servicenow: "example.service-now.com",
} as const;
export type Host = keyof typeof hosts;

/** Makes every provider anew. */
export const providersOf = () => ({
  slack: slackWorkspace({ token: secrets["/cordon/slack"], channels: ["C0123456789"] }),
  teams: teamsWorkflow(secrets["/cordon/teams"]),
  pagerduty: pagerDutyService(secrets["/cordon/pagerduty"]),
  opsgenie: opsgenieAccount(secrets["/cordon/opsgenie"]),
  webhook: webhookServer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", () => now),
  jira: jiraSite({
    project: "SEC",
    issueType: "Task",
    user: "bot@example.com",
    token: "ATATT3xFfGF0T4JNBLNs",
  }),
  servicenow: serviceNowInstance({ user: "cordon", password: "correct horse battery" }),
});

/** A request that a provider answered. */
export interface Exchange {
  readonly request: InternetRequest;
  readonly answer: InternetAnswer;
}

/** Makes the ports of a channel whose provider answers in this process, and lists what it was asked. */
export function portsTo(answer: (request: InternetRequest) => InternetAnswer) {
  const exchanges: Exchange[] = [];
  const sent: string[] = [];
  const ports: ChannelPorts = {
    secret: async (name) => (secrets as Readonly<Record<string, string>>)[name] ?? "",
    now: () => now,
    fetch: async (input, init = {}) => {
      const { pathname, search } = new URL(String(input));
      const request: InternetRequest = {
        method: init.method ?? "GET",
        path: pathname + search,
        headers: Object.fromEntries(new Headers(init.headers)),
        body: String(init.body ?? ""),
      };
      const given = answer(request);
      exchanges.push({ request, answer: given });
      const { status, headers, body = null } = given;
      return new Response(status === 204 ? null : body, { status, ...(headers && { headers }) });
    },
    sendToQueue: async (_, body) => void sent.push(body),
    publishToTopic: async (_, body) => void sent.push(body),
  };
  return { ports, exchanges, sent };
}
