/** What the tests of adapters share: an emulator that they find as in Lambda, a key, the journal's table. */
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { type Moto, startMoto } from "../../../local/gateway/emulator/moto";
import { emulatorPython, region } from "./gateway";

/** Starts the emulator and names it in the environment; `close` takes back both. */
export async function startEmulator(): Promise<{ readonly moto: Moto; close(): Promise<void> }> {
  const moto = await startMoto({ python: emulatorPython() });
  const variables = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLEFUNCTION1",
    AWS_SECRET_ACCESS_KEY: "secret",
  };
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return {
    moto,
    async close() {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await moto.close();
    },
  };
}

/** Makes a key for codes, as of seals and links; returns its ARN. */
export async function makeCodeKey(): Promise<string> {
  const { KeyMetadata } = await new KMSClient({ region }).send(
    new CreateKeyCommand({ KeyUsage: "GENERATE_VERIFY_MAC", KeySpec: "HMAC_256" }),
  );
  return KeyMetadata?.Arn ?? "";
}

/** Makes the journal's table as the program does. */
export async function makeJournalTable(TableName = "journal", at = region): Promise<void> {
  const dynamo = new DynamoDBClient({ region: at });
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [
        { AttributeName: "incident", KeyType: "HASH" },
        { AttributeName: "item", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "incident", AttributeType: "S" },
        { AttributeName: "item", AttributeType: "S" },
        { AttributeName: "open", AttributeType: "S" },
        { AttributeName: "outdated", AttributeType: "S" },
        { AttributeName: "changedAt", AttributeType: "S" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "open",
          KeySchema: [{ AttributeName: "open", KeyType: "HASH" }],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
        {
          IndexName: "outdated",
          KeySchema: [
            { AttributeName: "outdated", KeyType: "HASH" },
            { AttributeName: "changedAt", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  dynamo.destroy();
}
