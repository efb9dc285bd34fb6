/** Stories about access keys that grew old, with what must hold at the end of each. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  PublishCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { accessKeysRole, accessKeysRule } from "../../components/organization/baseline/access-keys";
import { evaluateRule } from "../config-rules";
import { answersOf, type DrillSession, type Injected } from "../drill-session";
import { backdateKey, type SeededUser, seedServiceRole, seedUser } from "../estate-identity";
import { homeRegion, security } from "../organization";
import { keyOf, notices, site } from "./credential-checks";
import type { Scenario } from "./scenario";

/** What Pulumi.local.yaml names. */
const webhookParameter = "/chat/access-keys";
/** An account of somebody else. */
const stranger = "999988887777";

interface Seeded {
  readonly old: SeededUser;
  readonly young: SeededUser;
}

const staleKeyRule: Scenario = {
  name: "stale-key-rule",
  title: "A member's user has an old access key: AWS Config finds it, people are told once",
  async seed({ organization: { gateway } }): Promise<Seeded> {
    const old = await seedUser(gateway, site, { name: "nightly-export" });
    await backdateKey(gateway, old, keyOf(old), 120);
    return { old, young: await seedUser(gateway, site, { name: "new-hire" }) };
  },
  async run(session, seeded) {
    const { old, young } = seeded as Seeded;
    const { gateway, contract } = session.organization;
    const topic = await listen(session, contract.accessKeys.topicArn);
    const chat = await openChat(session);
    try {
      const place = { account: site.account, region: homeRegion };
      const found = await evaluateRule(gateway, place, accessKeysRule);
      const of = (user: SeededUser) => found.find(({ userId }) => userId === user.id);
      session.check(
        "the rule finds the user with the old key, and not the one with the young key",
        of(old)?.compliance === "NON_COMPLIANT" && of(young)?.compliance === "COMPLIANT",
      );
      session.check(
        "the remediation runs both steps for the one, and not for the other",
        of(old)?.execution?.status === "Success" &&
          of(old)?.execution?.steps.length === 2 &&
          of(young)?.execution === undefined,
      );
      const text = `Account "${site.account}" User "nightly-export" needs to rotate their access key.`;
      const reported = await topic.received();
      session.check(
        "exactly the sentence reaches the encrypted topic, from the member account",
        reported.length === 1 && reported[0] === text,
      );
      const first = await session.settle("scenario stale-key-rule");
      session.check(
        "people are told, by name of user and account, and so is the chat",
        outcomes(session, first) === "notified" &&
          notices(first).some((notice) => notice.includes("User: nightly-export")) &&
          chat.posts.length === 1 &&
          (chat.posts[0] ?? "").includes("nightly-export"),
      );

      await evaluateRule(gateway, place, accessKeysRule);
      const again = await session.settle("scenario stale-key-rule, evaluated again");
      session.check(
        "a second evaluation reports again, and tells nobody in the same week",
        (await topic.received()).length === 1 &&
          outcomes(session, again) === "duplicate" &&
          notices(again).length === 0 &&
          chat.posts.length === 1,
      );

      const refusals = [
        await refusal(session, stranger, accessKeysRole),
        await refusal(session, site.account, "reporting-job"),
      ];
      session.check(
        "a foreign account's role of the same name, and a member's other role, may not publish",
        refusals.every((code) => code === "AuthorizationErrorException"),
      );
      session.check("and nothing of theirs arrives", (await topic.received()).length === 0);
    } finally {
      await topic.close();
      await chat.close();
    }
  },
};

/** What became of the reports; the event of the changed compliance is told elsewhere. */
function outcomes({ organization }: DrillSession, { invocations }: Injected): string {
  return invocations
    .filter(({ functionName }) => functionName === organization.contract.accessKeys.functionName)
    .flatMap(answersOf)
    .map(({ outcome }) => outcome)
    .join(", ");
}

/** Subscribes a queue of its own to a topic, as another team would. */
async function listen({ organization: { gateway } }: DrillSession, TopicArn: string) {
  const settings = {
    region: homeRegion,
    endpoint: gateway.url,
    credentials: gateway.callers.trusted(security.id, "observer", "seed"),
    maxAttempts: 1,
  };
  const [sqs, sns] = [new SQSClient(settings), new SNSClient(settings)];
  const QueueName = "access-key-observer";
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const queue = `arn:aws:sqs:${homeRegion}:${security.id}:${QueueName}`;
  const statement = {
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queue,
    Condition: { ArnEquals: { "aws:SourceArn": TopicArn } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue }),
  );
  return {
    /** Takes what has arrived since the last time; gives the messages' texts. */
    async received(): Promise<string[]> {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body }) => (JSON.parse(Body ?? "{}") as { Message: string }).Message);
    },
    async close(): Promise<void> {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
}

/** Opens a chat's webhook on this machine, and puts its URL where the deployed function looks. */
async function openChat({ organization: { gateway } }: DrillSession) {
  const posts: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posts.push((JSON.parse(Buffer.concat(chunks).toString()) as { text: string }).text);
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ssm = new SSMClient({
    region: homeRegion,
    endpoint: gateway.url,
    credentials: gateway.callers.trusted(security.id, "owner", "seed"),
    maxAttempts: 1,
  });
  await ssm.send(
    new PutParameterCommand({
      Name: webhookParameter,
      Type: "SecureString",
      Value: `http://127.0.0.1:${port}/hook`,
      Overwrite: true,
    }),
  );
  return {
    /** Texts of what was posted, in order. */
    posts,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Publishes with a role that may do anything in its account; gives the error's name. */
async function refusal(session: DrillSession, account: string, role: string): Promise<string> {
  const { gateway, contract } = session.organization;
  const place = { account, region: homeRegion };
  const seeded = await seedServiceRole(gateway, place, "lambda", { name: role, allow: ["*"] });
  const client = new SNSClient({
    region: homeRegion,
    endpoint: gateway.url,
    credentials: await gateway.callers.serviceSession(
      "lambda.amazonaws.com",
      seeded.arn,
      "try",
      "workload",
    ),
    maxAttempts: 1,
  });
  try {
    await client.send(
      new PublishCommand({ TopicArn: contract.accessKeys.topicArn, Message: "Trust me." }),
    );
    return "published";
  } catch (error) {
    return (error as Error).name;
  }
}

/** Every story about old access keys. */
export const accessKeyScenarios: readonly Scenario[] = [staleKeyRule];
