/** Plays scenarios about key rotation, with the checks of each. */
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
import { keyRotationRole } from "../../../components/organization/baseline/key-rotation";
import { keyRotationRule } from "../../../functions/catalogue/compliance-rules";
import { homeRegion, members } from "../../gateway/accounts";
import { ownerConfig } from "../../gateway/client";
import { backdateKey, type SeededUser, seedServiceRole, seedUser } from "../../seeds/identities";
import { evaluateRule } from "../../services/config";
import { answersOf, type DrillSession, type Injected } from "../session";
import { keyOf, notices, site } from "./credential-checks";
import { listen, mails, verifySender } from "./notification-targets";
import type { Scenario } from "./scenario";

/** An account outside the organization. */
const stranger = "999988887777";

interface Seeded {
  readonly old: SeededUser;
  readonly young: SeededUser;
}

const keyRotation: Scenario = {
  name: "key-rotation",
  title:
    "A member's user must rotate an access key: AWS Config finds it, responders are notified once",
  async seed({ organization: { gateway } }): Promise<Seeded> {
    const tags = { Owner: "Ann.Export@Example.com" };
    const old = await seedUser(gateway, site, { name: "nightly-export", tags });
    await backdateKey(gateway, old, keyOf(old), 120);
    return { old, young: await seedUser(gateway, site, { name: "new-hire" }) };
  },
  async run(session, seeded) {
    const { old, young } = seeded as Seeded;
    const { gateway, contract } = session.organization;
    const topic = await listen(session, contract.keyRotation.topicArn);
    await verifySender(session);
    try {
      const place = { account: site.account, region: homeRegion };
      const found = await evaluateRule(gateway, place, keyRotationRule);
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
      const first = await session.settle("scenario key-rotation");
      session.check(
        "responders are notified, with user and account",
        outcomes(session, first) === "notified" &&
          notices(first).some((notice) => notice.includes("User       nightly-export")),
      );
      const [mail, ...mailed] = mails(first);
      session.check(
        "the owner whom the user's tag names gets an e-mail",
        mailed.length === 0 &&
          mail?.[0] === "Ann.Export@example.com" &&
          mail[1].includes("User       nightly-export"),
      );

      await evaluateRule(gateway, place, keyRotationRule);
      const again = await session.settle("scenario key-rotation, evaluated again");
      session.check(
        "a second evaluation reports again, and nobody is notified twice in a week",
        (await topic.received()).length === 1 &&
          outcomes(session, again) === "duplicate" &&
          notices(again).length === 0 &&
          mails(again).length === 0,
      );

      await publishAs(
        session,
        `arn:aws:iam::${site.account}:role/${keyRotationRole}`,
        text.replace("nightly-export", "ghost-1"),
      );
      const forged = await session.settle("scenario key-rotation, forged");
      session.check(
        "a report of a user that does not exist, by the role that may publish, notifies nobody",
        (await topic.received()).length === 1 &&
          outcomes(session, forged) === "logged" &&
          forged.results.some(({ reason }) => reason.includes("ghost-1")) &&
          notices(forged).length === 0,
      );

      const refusals = [
        await refusal(session, stranger, keyRotationRole),
        await refusal(session, site.account, "reporting-job"),
      ];
      session.check(
        "a foreign account's role of the same name, and a member's other role, may not publish",
        refusals.every((code) => code === "AuthorizationErrorException"),
      );
      session.check("and nothing of theirs arrives", (await topic.received()).length === 0);
    } finally {
      await topic.close();
    }
  },
};

const failedReport: Scenario = {
  name: "failed-report",
  title: "Key rotation reports fail: responders are notified once, and no user stays excepted",
  async run(session) {
    const { gateway } = session.organization;
    const [, { id: account }] = members as [(typeof members)[0], (typeof members)[0]];
    const place = { account, region: homeRegion };
    const tags = { Owner: "batch@elsewhere.example" };
    const user = await seedUser(gateway, place, { name: "batch-upload", tags });
    await backdateKey(gateway, user, keyOf(user), 200);
    await verifySender(session);
    const evaluate = async (at?: Date) => {
      const found = await evaluateRule(gateway, place, keyRotationRule, at);
      return found.find(({ userId }) => userId === user.id);
    };
    const repair = await breakDocument(session, account);
    const failed = await evaluate();
    const first = await session.settle("scenario failed-report");
    session.check(
      "the automation fails, and responders are notified once, with the steps to take",
      failed?.execution?.status === "Failed" &&
        notices(first).length === 1 &&
        (notices(first)[0] ?? "").includes("delete-remediation-exceptions"),
    );
    session.check("the owner, who is notified about users only, is not", mails(first).length === 0);
    await repair();
    const { config, keys } = exceptionsOf(session, user);
    const { RemediationExceptions } = await config.send(
      new DescribeRemediationExceptionsCommand({ ConfigRuleName: keyRotationRule }),
    );
    session.check(
      "AWS Config has excepted the user, and does not report it after the repair either",
      RemediationExceptions?.length === 1 &&
        RemediationExceptions[0]?.ResourceId === user.id &&
        (await evaluate())?.execution === undefined,
    );
    await config.send(new DeleteRemediationExceptionsCommand(keys));
    const reported = await evaluate();
    const second = await session.settle("scenario failed-report, repaired");
    session.check(
      "without the exception the user is reported",
      reported?.execution?.status === "Success" &&
        outcomes(session, second) === "notified" &&
        notices(second).length === 1,
    );
    session.check(
      "no e-mail leaves the listed domains, whatever the user's tag says",
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
      "an exception with an expiration time exempts the user until then",
      (await evaluate())?.execution === undefined &&
        (await evaluate(new Date(until.getTime() + day)))?.execution?.status === "Success",
    );
    await session.settle("scenario failed-report, exception over");
  },
};

/** Breaks an account's automation by an edit of its document; gives the repair. */
async function breakDocument(session: DrillSession, account: string): Promise<() => Promise<void>> {
  const ssm = new SSMClient(ownerConfig(session.organization.gateway, account));
  const Name = keyRotationRule;
  const { Content = "", DocumentVersion } = await ssm.send(new GetDocumentCommand({ Name }));
  const setDefault = async (version: string | undefined) =>
    void (await ssm.send(
      new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: version }),
    ));
  const { DocumentDescription } = await ssm.send(
    new UpdateDocumentCommand({
      Name,
      // No id has a tenth resource.
      Content: Content.replace("resourceIdentifiers[0]", "resourceIdentifiers[9]"),
      DocumentVersion: "$LATEST",
      DocumentFormat: "JSON",
    }),
  );
  await setDefault(DocumentDescription?.DocumentVersion);
  return () => setDefault(DocumentVersion);
}

/** Prepares the calls that except a user from the reports, or end that. */
function exceptionsOf(session: DrillSession, { account, id }: SeededUser) {
  const ResourceKeys = [{ ResourceType: "AWS::IAM::User", ResourceId: id }];
  return {
    config: new ConfigServiceClient(ownerConfig(session.organization.gateway, account)),
    keys: { ConfigRuleName: keyRotationRule, ResourceKeys },
  };
}

/** Lists the outcomes of the reports, without those of the compliance event. */
function outcomes({ organization }: DrillSession, { invocations }: Injected): string {
  return invocations
    .filter(({ functionName }) => functionName === organization.contract.keyRotation.functionName)
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
      // An administrator of an account controls its automations.
      { sourceArn, sourceAccount },
    ),
    maxAttempts: 1,
  });
  await client.send(new PublishCommand({ TopicArn: contract.keyRotation.topicArn, Message }));
}

/** Every scenario about key rotation. */
export const keyRotationScenarios: readonly Scenario[] = [keyRotation, failedReport];
