/** Of which incidents the detectors are to be told: attributes beside the incident, and an index of them. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  paginateQuery,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { untoldIndex } from "../catalogue/names";
import type { Epoch, ToldFindings } from "../record/told-findings";
import { clientConfig } from "./client";

/** Opens the list. The watch's role may write these attributes of an incident, and no others. */
export function toldTable(region: string, table: string, now: () => Date): ToldFindings {
  const client = new DynamoDBClient(clientConfig(region));
  /** Changes an incident's attributes under a condition; false where it does not hold. */
  const change = async (
    { incident: { key }, epoch }: Epoch,
    update: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<void> => {
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall({ incident: key, item: String(epoch).padStart(4, "0") }),
          UpdateExpression: update,
          ConditionExpression: condition,
          ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
        }),
      );
    } catch (error) {
      // Gone, or changed meanwhile: the next round reads it again.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };
  return {
    async untold(most) {
      const epochs: Epoch[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          IndexName: untoldIndex,
          KeyConditionExpression: "untold = :untold",
          ExpressionAttributeValues: marshall({ ":untold": untoldIndex }),
          ScanIndexForward: false,
          Limit: most,
        },
      );
      for await (const { Items = [] } of pages) {
        for (const { incident, item } of Items.map((each) => unmarshall(each))) {
          epochs.push({ incident: { key: String(incident) }, epoch: Number(item) });
        }
        if (epochs.length >= most) break;
      }
      return epochs.slice(0, most);
    },
    tellAgain: (epoch) =>
      change(epoch, "SET untold = :untold, changedAt = :at", "attribute_exists(incident)", {
        ":untold": untoldIndex,
        ":at": now().toISOString(),
      }),
    noteTold: (epoch, told) =>
      change(epoch, "SET told = :told", "attribute_exists(incident)", { ":told": told }),
    settle: ({ changedAt, ...epoch }) =>
      change(epoch, "REMOVE untold", "changedAt = :seen", { ":seen": changedAt ?? "" }),
  };
}
