/** Stories about access keys that grew old, with what must hold at the end of each. */
import {
  ConfigServiceClient,
  DeleteRemediationExceptionsCommand,
  DescribeRemediationExceptionsCommand,
  PutRemediationExceptionsCommand,
} from "@aws-sdk/client-config-service";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  GetDocumentCommand,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from "@aws-sdk/client-ssm";
import { accessKeysRole } from "../../../components/organization/baseline/key-rotation";
import { accessKeysRule } from "../../../functions/catalogue/compliance-rules";
import { homeRegion, members } from "../../gateway/accounts";
import { backdateKey, type SeededUser, seedServiceRole, seedUser } from "../../seeds/identities";
import { evaluateRule } from "../../services/config";
import { answersOf, type DrillSession, type Injected } from "../session";
import { keyOf, notices, site } from "./credential-checks";
import { listen, mails, openTargets } from "./report-targets";
import type { Scenario } from "./scenario";

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
    const tags = { Owner: "Ann.Export@Example.com" };
    const old = await seedUser(gateway, site, { name: "nightly-export", tags });
    await backdateKey(gateway, old, keyOf(old), 120);
    return { old, young: await seedUser(gateway, site, { name: "new-hire" }) };
  },
  async run(session, seeded) {
    const { old, young } = seeded as Seeded;
    const { gateway, contract } = session.organization;
    const topic = await listen(session, contract.accessKeys.topicArn);
    const targets = await openTargets(session);
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
          targets.posts.length === 1 &&
          (targets.posts[0] ?? "").includes("nightly-export"),
      );
      const [message, ...more] = await targets.received();
      session.check(
        "the queue of another account has one message, which names account and user",
        more.length === 0 &&
          message?.format === "cordon-old-key/1" &&
          message.account.id === site.account &&
          message.user === "nightly-export" &&
          message.rule === accessKeysRule,
      );
      const [issue, ...issues] = targets.issues;
      session.check(
        "Jira has one issue, with what to do",
        issues.length === 0 &&
          issue?.summary ===
            `[Cordon] Rotate the access key of nightly-export in ${site.account}` &&
          issue.text.includes("Make a second key, put it to use, and disable the old one."),
      );

      const [mail, ...mailed] = mails(first);
      session.check(
        "the owner whom the user's tag names is mailed",
        mailed.length === 0 &&
          mail?.[0] === "Ann.Export@example.com" &&
          mail[1].includes("User: nightly-export"),
      );

      await evaluateRule(gateway, place, accessKeysRule);
      const again = await session.settle("scenario stale-key-rule, evaluated again");
      session.check(
        "a second evaluation reports again, and tells nobody in the same week",
        (await topic.received()).length === 1 &&
          outcomes(session, again) === "duplicate" &&
          notices(again).length === 0 &&
          targets.posts.length === 1 &&
          targets.issues.length === 1 &&
          mails(again).length === 0 &&
          (await targets.received()).length === 0,
      );

      await publishAs(
        session,
        `arn:aws:iam::${site.account}:role/${accessKeysRole}`,
        text.replace("nightly-export", "ghost-1"),
      );
      const forged = await session.settle("scenario stale-key-rule, forged");
      session.check(
        "a report of a user that nobody has, by the role that may publish, tells nobody",
        (await topic.received()).length === 1 &&
          outcomes(session, forged) === "logged" &&
          forged.results.some(({ reason }) => reason.includes("ghost-1")) &&
          notices(forged).length === 0 &&
          targets.posts.length === 1 &&
          targets.issues.length === 1 &&
          (await targets.received()).length === 0,
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
      await targets.close();
    }
  },
};

const failedReport: Scenario = {
  name: "failed-report",
  title: "What reports old access keys is broken: people are told once, and nobody stays excepted",
  async run(session) {
    const { gateway } = session.organization;
    const [, { id: account }] = members as [(typeof members)[0], (typeof members)[0]];
    const place = { account, region: homeRegion };
    const tags = { Owner: "batch@elsewhere.example" };
    const user = await seedUser(gateway, place, { name: "batch-upload", tags });
    await backdateKey(gateway, user, keyOf(user), 200);
    const targets = await openTargets(session);
    const evaluate = async (at?: Date) => {
      const found = await evaluateRule(gateway, place, accessKeysRule, at);
      return found.find(({ userId }) => userId === user.id);
    };
    try {
      const mend = await breakDocument(session, account);
      const failed = await evaluate();
      const first = await session.settle("scenario failed-report");
      session.check(
        "the automation fails, and people and chat are told of it once, with what to do",
        failed?.execution?.status === "Failed" &&
          notices(first).length === 1 &&
          (notices(first)[0] ?? "").includes("delete-remediation-exceptions") &&
          targets.posts.length === 1,
      );
      session.check(
        "queue and Jira, who are told of users alone, are not",
        targets.issues.length === 0 && (await targets.received()).length === 0,
      );
      await mend();
      const { config, keys } = exceptionsOf(session, user);
      const { RemediationExceptions } = await config.send(
        new DescribeRemediationExceptionsCommand({ ConfigRuleName: accessKeysRule }),
      );
      session.check(
        "AWS Config has excepted the user: mended, it is still silent about it",
        RemediationExceptions?.length === 1 &&
          RemediationExceptions[0]?.ResourceId === user.id &&
          (await evaluate())?.execution === undefined,
      );
      await config.send(new DeleteRemediationExceptionsCommand(keys));
      const reported = await evaluate();
      const second = await session.settle("scenario failed-report, mended");
      session.check(
        "without the exception the user is reported, to everybody",
        reported?.execution?.status === "Success" &&
          outcomes(session, second) === "notified" &&
          targets.posts.length === 2 &&
          targets.issues.length === 1 &&
          (await targets.received()).length === 1,
      );
      session.check(
        "nobody is mailed outside the domains that are listed, whatever the user's tag says",
        mails(second).length === 0 &&
          second.results.some(({ reason }) => reason.includes("is in none of example.com")),
      );
      const day = 86_400_000;
      const until = new Date(Date.now() + 30 * day);
      const Message = "Rotated with the migration in ticket 4711";
      await config.send(
        new PutRemediationExceptionsCommand({ ...keys, Message, ExpirationTime: until }),
      );
      session.check(
        "an exception until a day spares the user, and ends by itself",
        (await evaluate())?.execution === undefined &&
          (await evaluate(new Date(until.getTime() + day)))?.execution?.status === "Success",
      );
      await session.settle("scenario failed-report, exception over");
    } finally {
      await targets.close();
    }
  },
};

/** Breaks an account's automation, as somebody who edits its document would; gives the way back. */
async function breakDocument(session: DrillSession, account: string): Promise<() => Promise<void>> {
  const ssm = new SSMClient(ownerOf(session, account));
  const Name = accessKeysRule;
  const { Content = "", DocumentVersion } = await ssm.send(new GetDocumentCommand({ Name }));
  const setDefault = async (version: string | undefined) =>
    void (await ssm.send(
      new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: version }),
    ));
  const { DocumentDescription } = await ssm.send(
    new UpdateDocumentCommand({
      Name,
      // Nobody has a tenth resource of one id.
      Content: Content.replace("resourceIdentifiers[0]", "resourceIdentifiers[9]"),
      DocumentVersion: "$LATEST",
      DocumentFormat: "JSON",
    }),
  );
  await setDefault(DocumentDescription?.DocumentVersion);
  return () => setDefault(DocumentVersion);
}

/** What somebody calls who excepts a user from the reports, or ends that. */
function exceptionsOf(session: DrillSession, { account, id }: SeededUser) {
  const ResourceKeys = [{ ResourceType: "AWS::IAM::User", ResourceId: id }];
  return {
    config: new ConfigServiceClient(ownerOf(session, account)),
    keys: { ConfigRuleName: accessKeysRule, ResourceKeys },
  };
}

function ownerOf({ organization: { gateway } }: DrillSession, account: string) {
  return {
    region: homeRegion,
    endpoint: gateway.url,
    credentials: gateway.callers.trusted(account, "owner", "seed"),
    maxAttempts: 1,
  };
}

/** What became of the reports; the event of the changed compliance is told elsewhere. */
function outcomes({ organization }: DrillSession, { invocations }: Injected): string {
  return invocations
    .filter(({ functionName }) => functionName === organization.contract.accessKeys.functionName)
    .flatMap(answersOf)
    .map(({ outcome }) => outcome)
    .join(", ");
}

/** Publishes with a role that may do anything in its account; gives the error's name. */
async function refusal(session: DrillSession, account: string, role: string): Promise<string> {
  const place = { account, region: homeRegion };
  const allowed = { name: role, allow: ["*"] };
  const { arn } = await seedServiceRole(session.organization.gateway, place, "lambda", allowed);
  try {
    await publishAs(session, arn, "Trust me.", "lambda.amazonaws.com");
    return "published";
  } catch (error) {
    return (error as Error).name;
  }
}

/** Publishes to the topic of reports in a session of a role. */
async function publishAs(
  session: DrillSession,
  role: string,
  Message: string,
  service = "ssm.amazonaws.com",
): Promise<void> {
  const { gateway, contract } = session.organization;
  const sourceAccount = role.split(":")[4] ?? "";
  const sourceArn = `arn:aws:ssm:${homeRegion}:${sourceAccount}:automation-execution/try`;
  const client = new SNSClient({
    region: homeRegion,
    endpoint: gateway.url,
    credentials: await gateway.callers.serviceSession(
      service,
      role,
      "try",
      "workload",
      {},
      // Whoever administers an account has its automations do as they are told.
      { sourceArn, sourceAccount },
    ),
    maxAttempts: 1,
  });
  await client.send(new PublishCommand({ TopicArn: contract.accessKeys.topicArn, Message }));
}

/** Every story about old access keys. */
export const accessKeyScenarios: readonly Scenario[] = [staleKeyRule, failedReport];
