import { DynamoDBClient, GetItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { consumerQueue } from "../../functions/aws/consumer-queue";
import { jira } from "../../functions/aws/jira";
import {
  breachNotifications,
  countedMarks,
  endingExceptionNotifications,
  keyRotationNotifications,
} from "../../functions/aws/notification-table";
import { webhook } from "../../functions/aws/webhook";
import type { JiraAccess } from "../../functions/catalogue/notification-targets";
import { Internet, type InternetAnswer, throughInternet } from "../../local/services/internet";
import { jiraSite } from "../../local/services/jira";
import { makeJournalTable, startEmulator } from "../support/local/adapters";
import { errorOf, region } from "../support/local/gateway";

describe("the adapters behind key rotation", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let internet: Internet;
  const realFetch = globalThis.fetch;
  const notice = {
    urgency: "normal",
    subject: "[Cordon] Rotate",
    text: "User: ci\n\nDo this\n  - Rotate.\n",
  } as const;
  before(async () => {
    emulator = await startEmulator();
    internet = await Internet.open();
    globalThis.fetch = throughInternet(internet.url);
  });
  after(async () => {
    globalThis.fetch = realFetch;
    await internet.close();
    await emulator.close();
  });

  describe("the notification log [R8]", () => {
    const key = { account: "222233334444", userName: "ci", week: "2026-W47", target: "chat" };
    let clock = Date.parse("2026-11-21T10:00:00Z");
    const log = () => keyRotationNotifications(region, "journal", () => new Date(clock));
    let dynamo: DynamoDBClient;
    before(async () => {
      dynamo = new DynamoDBClient({ region });
      await makeJournalTable();
    });

    it("gives a notice to the first report, and to that one again", async () => {
      expect(await log().claim(key, "m-1")).to.equal("ours");
      expect(await log().claim(key, "m-2")).to.equal("claimed");
      expect(await log().claim(key, "m-1")).to.equal("ours");
    });

    it("gives it to another report once the first claim has expired", async () => {
      clock += 60_000;
      expect(await log().claim(key, "m-2")).to.equal("claimed");
      clock += 1;
      expect(await log().claim(key, "m-2")).to.equal("ours");
    });

    it("gives it to no report once it was sent, whatever the time", async () => {
      await log().confirm(key);
      clock += 3_600_000;
      for (const report of ["m-1", "m-2", "m-3"]) {
        expect(await log().claim(key, report)).to.equal("notified");
      }
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: "journal",
          Key: { incident: { S: "key-rotation/222233334444/ci" }, item: { S: "2026-W47/chat" } },
        }),
      );
      expect(Item).to.deep.include({
        notified: { BOOL: true },
        report: { S: "m-2" },
        notifiedAt: { S: "2026-11-21T10:01:00.001Z" },
      });
    });

    it("keeps weeks, targets, users and accounts apart", async () => {
      const others = [
        { ...key, week: "2026-W48" },
        { ...key, target: "notices" },
        { ...key, userName: "cd" },
        { ...key, account: "333344445555" },
      ];
      for (const other of others) expect(await log().claim(other, "m-4")).to.equal("ours");
      expect((await dynamo.send(new ScanCommand({ TableName: "journal" }))).Count).to.equal(5);
    });

    it("gives it to one of many concurrent reports", async () => {
      const race = { ...key, userName: "race" };
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) => log().claim(race, `m-${index}`)),
      );
      expect(claims.filter((claim) => claim === "ours")).to.have.length(1);
      expect(claims.filter((claim) => claim === "claimed")).to.have.length(7);
    });

    const at = () => new Date("2026-11-21T10:00:00Z");
    const user = (n: number, changes: object = {}) => {
      const each = { account: "222233334444", userName: `user-${n}`, week: "2026-W47" };
      return keyRotationNotifications(region, "journal", at).admit({ ...each, ...changes }, 2);
    };

    it("admits up to the limit of users of an account and week, and the same users again", async () => {
      const admitted = [];
      for (const n of [1, 1, 2, 3, 2, 1, 4]) admitted.push(await user(n));
      expect(admitted).to.deep.equal([true, true, true, false, true, true, false]);
      expect(await user(3, { week: "2026-W48" })).to.equal(true);
      expect(await user(3, { account: "333344445555" })).to.equal(true);
    });

    it("gives a breach of a rule once a day and account, apart from everything else", async () => {
      const breaches = breachNotifications(region, "journal", at);
      const breach = { account: "222233334444", rule: "cordon-root-mfa", day: "2026-11-21" };
      expect(await breaches.claim(breach, "e-1")).to.equal("ours");
      expect(await breaches.claim(breach, "e-2")).to.equal("claimed");
      await breaches.confirm(breach);
      expect(await breaches.claim(breach, "e-1")).to.equal("notified");
      for (const other of [
        { ...breach, day: "2026-11-22" },
        { ...breach, rule: "cordon-console-mfa" },
        { ...breach, account: "333344445555" },
      ]) {
        expect(await breaches.claim(other, "e-3")).to.equal("ours");
      }
    });

    it("keeps those about ending exceptions in a partition of their own [C3]", async () => {
      const ending = endingExceptionNotifications(region, "journal", () => new Date(clock));
      const entry = { id: "1a2b3c4d", expires: "2027-01-31" };
      expect(await ending.claim(entry, "a round")).to.equal("ours");
      await ending.confirm(entry);
      expect(await ending.claim(entry, "the next")).to.equal("notified");
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: "journal",
          Key: { incident: { S: "ending-exception/1a2b3c4d" }, item: { S: "2027-01-31" } },
        }),
      );
      expect(Item?.notified).to.deep.equal({ BOOL: true });
    });

    it("keeps which false positives were counted in a partition of their own [E3]", async () => {
      const counted = countedMarks(region, "journal", () => new Date(clock));
      expect(await counted.claim({ id: "1a2b3c4d" }, "a round")).to.equal("ours");
      expect(await counted.claim({ id: "1a2b3c4d" }, "the next")).to.equal("claimed");
      await counted.confirm({ id: "1a2b3c4d" });
      expect(await counted.claim({ id: "1a2b3c4d" }, "the next")).to.equal("notified");
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: "journal",
          Key: { incident: { S: "counted-mark/1a2b3c4d" }, item: { S: "counted" } },
        }),
      );
      expect(Item?.notified).to.deep.equal({ BOOL: true });
    });
  });

  describe("a chat's webhook [R8]", () => {
    let answer: InternetAnswer = { status: 200 };
    const posts: { path: string; type: string | undefined; body: unknown }[] = [];
    const parameter = "/chat/key-rotation";
    const hold = (value: string) =>
      new SSMClient({ region }).send(
        new PutParameterCommand({
          Name: parameter,
          Type: "SecureString",
          Value: value,
          Overwrite: true,
        }),
      );
    const url = "https://chat.example.com/T0/s3cret";
    let closeChat: () => void;
    before(() => {
      closeChat = internet.serve("chat.example.com", ({ path, headers, body }) => {
        posts.push({ path, type: headers["content-type"], body: JSON.parse(body) });
        return answer;
      });
    });
    after(() => closeChat());

    it("gets the notice as text", async () => {
      await hold(url);
      await webhook(region, parameter).post(notice);
      expect(posts.splice(0)).to.deep.equal([
        {
          path: "/T0/s3cret",
          type: "application/json",
          body: { text: "[Cordon] Rotate\n\nUser: ci\n\nDo this\n  - Rotate.\n" },
        },
      ]);
    });

    it("mentions nobody, whatever a notice contains", async () => {
      await webhook(region, parameter).post({ ...notice, text: "User: <!channel> & <@U1>\n" });
      expect(posts.splice(0).map(({ body }) => body)).to.deep.equal([
        { text: "[Cordon] Rotate\n\nUser: &lt;!channel&gt; &amp; &lt;@U1&gt;\n" },
      ]);
    });

    it("is named by its parameter where it refuses, never by its URL", async () => {
      answer = { status: 403 };
      const error = await errorOf(webhook(region, parameter).post(notice));
      expect(error.message).to.equal("The webhook of /chat/key-rotation answered 403");
      expect(JSON.stringify([error.message, error.stack])).not.to.contain("s3cret");
    });

    it("is not followed elsewhere", async () => {
      posts.splice(0);
      answer = { status: 307, headers: { location: url } };
      const error = await errorOf(webhook(region, parameter).post(notice));
      expect(error.message).to.equal("The webhook of /chat/key-rotation answered 307");
      expect(posts).to.have.length(1);
    });

    it("that does not answer is a failure", async () => {
      await hold("https://nobody.example.com/T0/s3cret");
      const error = await errorOf(webhook(region, parameter).post(notice));
      expect(error.message).to.match(/^The webhook of \/chat\/key-rotation did not answer: \w+$/);
    });

    const refused = ["http://chat.example.com/T0/s3cret", "http://127.0.0.1:8080/s3cret", "s3cret"];
    for (const value of refused) {
      it(`is refused where the parameter holds ${value.split("s3cret")[0]}…`, async () => {
        await hold(value);
        const error = await errorOf(webhook(region, parameter).post(notice));
        expect(error.message).to.equal(
          "The SSM parameter /chat/key-rotation must hold an https URL",
        );
      });
    }
  });

  describe("a queue of another team", () => {
    it("gets the message as JSON, in its own region", async () => {
      const sqs = new SQSClient({ region: "eu-west-1" });
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "key-rotation" }));
      const arn = "arn:aws:sqs:eu-west-1:123456789012:key-rotation";
      await consumerQueue(arn).send({ user: "ci" });
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages?.map(({ Body }) => Body)).to.deep.equal(['{"user":"ci"}']);
    });

    it("is named where it refuses the message", async () => {
      const arn = "arn:aws:sqs:eu-west-1:123456789012:nowhere";
      const error = await errorOf(consumerQueue(arn).send({}));
      expect(error.message).to.match(
        /^The queue arn:aws:sqs:eu-west-1:123456789012:nowhere refused /,
      );
    });
  });

  describe("Jira [R8]", () => {
    const host = "example.atlassian.net";
    const credentials = { project: "SEC", issueType: "Task", user: "bot@example.com" };
    const token = "s3cret-token";
    let secret = "";
    before(async () => {
      const client = new SecretsManagerClient({ region });
      const { ARN } = await client.send(
        new CreateSecretCommand({ Name: "jira", SecretString: `${token}\n` }),
      );
      secret = ARN ?? "";
    });
    const access = (changes: Partial<JiraAccess> = {}) =>
      jira({ site: `https://${host}`, ...credentials, secret, ...changes });

    it("gets an issue in its project, with summary and text, as its user", async () => {
      const site = jiraSite({ ...credentials, token });
      const close = internet.serve(host, site.answer);
      await access().create(notice).finally(close);
      expect(site.issues).to.deep.equal([
        { summary: "[Cordon] Rotate", text: "User: ci\n\nDo this\n  - Rotate." },
      ]);
    });

    const refusals: readonly (readonly [string, Partial<JiraAccess>, number])[] = [
      ["of another project", { project: "OPS" }, 400],
      ["of another type", { issueType: "Story" }, 400],
      ["as another user", { user: "eve@example.com" }, 401],
    ];
    for (const [what, changes, status] of refusals) {
      it(`fails with an issue ${what}, naming the secret and never the token`, async () => {
        const site = jiraSite({ ...credentials, token });
        const close = internet.serve(host, site.answer);
        const error = await errorOf(access(changes).create(notice)).finally(close);
        expect(error.message).to.equal(
          `Jira at https://${host} answered ${status}, with the token of ${secret}`,
        );
        expect(String(error.stack)).not.to.contain(token);
        expect(site.issues).to.deep.equal([]);
      });
    }

    it("is not followed elsewhere, where the token would go, too", async () => {
      let calls = 0;
      const close = internet.serve(host, ({ path }) => {
        calls += 1;
        return { status: 307, headers: { location: `https://${host}${path}` } };
      });
      const error = await errorOf(access().create(notice)).finally(close);
      expect([error.message, calls]).to.deep.equal([
        `Jira at https://${host} answered 307, with the token of ${secret}`,
        1,
      ]);
    });

    it("that does not answer, or not with a new issue, is a failure", async () => {
      const silent = await errorOf(access().create(notice));
      expect(silent.message).to.match(
        /^Jira at https:\/\/example\.atlassian\.net did not answer: \w+$/,
      );
      const close = internet.serve(host, () => ({ status: 200, body: "<html>Log in</html>" }));
      const page = await errorOf(access().create(notice)).finally(close);
      expect(page.message).to.contain("answered 200");
    });

    it("is not reached by plain HTTP, here or in any stage", async () => {
      const error = await errorOf(access({ site: `http://${host}` }).create(notice));
      expect(error.message).to.equal(`Jira at http://${host} did not answer: TypeError`);
    });
  });
});
