/** People of the security account, with the command as they run it, and approvals that run out. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../../functions/catalogue/journal-partitions";
import { homeRegion, security } from "../gateway/accounts";
import { trustedConfig } from "../gateway/client";
import type { Credentials } from "../gateway/iam/caller";
import { timeOut } from "../services/executions";
import type { DrillSession } from "./session";

const command = resolve(__dirname, "../../cli/cordon.mjs");

/** How a command ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npx cordon` with a person's credentials, at the time that the functions have. */
export function cordon(
  { organization: { gateway, lambda } }: DrillSession,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  ...words: readonly string[]
): Promise<Ended> {
  const ahead = lambda.now().getTime() - Date.now();
  const clock = `const D=Date;globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(D.now()+${ahead})}static now(){return D.now()+${ahead}}}`;
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    NO_COLOR: "1",
    NODE_NO_WARNINGS: "1",
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock)}`,
    AWS_ENDPOINT_URL: gateway.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
  return new Promise((done) => {
    execFile(process.execPath, [command, ...words], { env }, (error, stdout, stderr) => {
      done({ status: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

/** Does the same, while the functions work through their queues: the command waits for one of them. */
export async function cordonAnswered(
  session: DrillSession,
  person: Credentials,
  ...words: readonly string[]
): Promise<Ended> {
  let ended: Ended | undefined;
  const running = cordon(session, person, ...words).then((end) => {
    ended = end;
  });
  while (ended === undefined) {
    await session.organization.lambda.drain();
    await Promise.race([running, wait(500)]);
  }
  return ended;
}

/** Lets the approvals of an incident run out: hours pass, and the workflow's time limit ends the wait. */
export async function runOut(
  { organization: { gateway, lambda } }: DrillSession,
  incident: string,
  hours: number,
): Promise<{ readonly endWait: () => Promise<void> }> {
  const table = new DynamoDBClient(trustedConfig(gateway, security.id, "observer", homeRegion));
  const { Items = [] } = await table.send(
    new QueryCommand({
      TableName: "cordon-journal",
      KeyConditionExpression: "incident = :incident",
      ExpressionAttributeValues: { ":incident": { S: `${partitions.approvalToken}${incident}` } },
    }),
  );
  lambda.advanceClock(hours * 3_600_000);
  const tokens = Items.map((item) => String(unmarshall(item).token));
  return { endWait: () => timeOut(gateway, tokens) };
}
