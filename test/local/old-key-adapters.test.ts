import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { toldTable } from "../../functions/aws/told-table";
import { webhook } from "../../functions/aws/webhook";
import { type Moto, startMoto } from "../../local/gateway/moto";
import { emulatorPython, errorOf, region } from "./gateway-support";

/** The adapters find endpoint and credentials as they do in Lambda. */
const variables = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;

describe("the adapters behind telling of old access keys", () => {
  let moto: Moto;
  const before_ = variables.map((name) => process.env[name]);
  before(async () => {
    moto = await startMoto({ python: emulatorPython() });
    process.env.AWS_ENDPOINT_URL = moto.url;
    process.env.AWS_ACCESS_KEY_ID = "AKIAEXAMPLEFUNCTION1";
    process.env.AWS_SECRET_ACCESS_KEY = "secret";
  });
  after(async () => {
    variables.forEach((name, index) => {
      const value = before_[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
    await moto.close();
  });

  describe("the table of what was told", () => {
    const key = { account: "222233334444", userName: "ci", week: "2026-W47", target: "chat" };
    let clock = Date.parse("2026-11-21T10:00:00Z");
    const told = () => toldTable(region, "journal", () => new Date(clock));
    let dynamo: DynamoDBClient;
    before(async () => {
      dynamo = new DynamoDBClient({ region });
      await dynamo.send(
        new CreateTableCommand({
          TableName: "journal",
          KeySchema: [
            { AttributeName: "incident", KeyType: "HASH" },
            { AttributeName: "item", KeyType: "RANGE" },
          ],
          AttributeDefinitions: [
            { AttributeName: "incident", AttributeType: "S" },
            { AttributeName: "item", AttributeType: "S" },
          ],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
    });

    it("gives a notice to the first report, and to that one again", async () => {
      expect(await told().claim(key, "m-1")).to.equal("ours");
      expect(await told().claim(key, "m-2")).to.equal("claimed");
      expect(await told().claim(key, "m-1")).to.equal("ours");
    });

    it("gives it to another report once the first must be dead", async () => {
      clock += 60_000;
      expect(await told().claim(key, "m-2")).to.equal("claimed");
      clock += 1;
      expect(await told().claim(key, "m-2")).to.equal("ours");
    });

    it("gives it to nobody any more once it was told, whatever the time", async () => {
      await told().confirm(key);
      clock += 3_600_000;
      for (const report of ["m-1", "m-2", "m-3"]) {
        expect(await told().claim(key, report)).to.equal("told");
      }
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: "journal",
          Key: { incident: { S: "old-key/222233334444/ci" }, item: { S: "2026-W47/chat" } },
        }),
      );
      expect(Item).to.deep.include({
        told: { BOOL: true },
        report: { S: "m-2" },
        toldAt: { S: "2026-11-21T10:01:00.001Z" },
      });
    });

    it("takes weeks, targets, users and accounts apart", async () => {
      const others = [
        { ...key, week: "2026-W48" },
        { ...key, target: "notices" },
        { ...key, userName: "cd" },
        { ...key, account: "333344445555" },
      ];
      for (const other of others) expect(await told().claim(other, "m-4")).to.equal("ours");
      expect((await dynamo.send(new ScanCommand({ TableName: "journal" }))).Count).to.equal(5);
    });

    it("lets one of many at once have it", async () => {
      const race = { ...key, userName: "race" };
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) => told().claim(race, `m-${index}`)),
      );
      expect(claims.filter((claim) => claim === "ours")).to.have.length(1);
      expect(claims.filter((claim) => claim === "claimed")).to.have.length(7);
    });
  });

  describe("a chat's webhook", () => {
    let server: Server;
    let answer = { status: 200, headers: {} as Record<string, string> };
    const posts: { path: string | undefined; type: string | undefined; body: unknown }[] = [];
    const notice = { subject: "[Cordon] Rotate", text: "User: ci\n" };
    const parameter = "/chat/access-keys";
    const hold = (value: string) =>
      new SSMClient({ region }).send(
        new PutParameterCommand({
          Name: parameter,
          Type: "SecureString",
          Value: value,
          Overwrite: true,
        }),
      );
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/T0/s3cret`;
    before(async () => {
      server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          posts.push({
            path: request.url,
            type: request.headers["content-type"],
            body: JSON.parse(Buffer.concat(chunks).toString()),
          });
          response.writeHead(answer.status, answer.headers).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    after(async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    });

    it("gets the notice as text", async () => {
      await hold(url());
      await webhook(region, parameter).post(notice);
      expect(posts.splice(0)).to.deep.equal([
        {
          path: "/T0/s3cret",
          type: "application/json",
          body: { text: "[Cordon] Rotate\n\nUser: ci\n" },
        },
      ]);
    });

    it("is named by its parameter where it refuses, never by its URL", async () => {
      answer = { status: 403, headers: {} };
      const error = await errorOf(webhook(region, parameter).post(notice));
      expect(error.message).to.equal("The webhook of /chat/access-keys answered 403");
      expect(JSON.stringify([error.message, error.stack])).not.to.contain("s3cret");
    });

    it("is not followed elsewhere", async () => {
      posts.splice(0);
      answer = { status: 307, headers: { location: url() } };
      const error = await errorOf(webhook(region, parameter).post(notice));
      expect(error.message).to.equal("The webhook of /chat/access-keys answered 307");
      expect(posts).to.have.length(1);
    });

    it("that nobody answers at is a failure", async () => {
      await hold("http://127.0.0.1:1/T0/s3cret");
      const error = await errorOf(webhook(region, parameter).post(notice));
      expect(error.message).to.match(/^The webhook of \/chat\/access-keys did not answer: \w+$/);
    });

    for (const value of ["http://chat.example.com/T0/s3cret", "s3cret", "ftp://127.0.0.1/s3cret"]) {
      it(`is refused where the parameter holds ${value.split("s3cret")[0]}…`, async () => {
        await hold(value);
        const error = await errorOf(webhook(region, parameter).post(notice));
        expect(error.message).to.equal(
          "The SSM parameter /chat/access-keys must hold an https URL",
        );
      });
    }
  });
});
