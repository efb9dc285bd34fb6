/** Incidents whose findings are outdated in the detectors: attributes beside the incident, and an index of them. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  paginateQuery,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { outdatedIndex } from "../catalogue/names";
import type { Epoch, FindingUpdates } from "../record/finding-updates";
import { clientConfig } from "./client";
import { epochItem } from "./partition";

/** Opens the list. The watch's role may write these attributes of an incident, and no others. */
export function findingUpdatesTable(
  region: string,
  table: string,
  now: () => Date,
): FindingUpdates {
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
          Key: marshall({ incident: key, item: epochItem(epoch) }),
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
    async outdated(most) {
      const epochs: Epoch[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          IndexName: outdatedIndex,
          KeyConditionExpression: "outdated = :outdated",
          ExpressionAttributeValues: marshall({ ":outdated": outdatedIndex }),
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
    updateAgain: (epoch) =>
      change(epoch, "SET outdated = :outdated, changedAt = :at", "attribute_exists(incident)", {
        ":outdated": outdatedIndex,
        ":at": now().toISOString(),
      }),
    noteUpdates: (epoch, updates) =>
      change(epoch, "SET updates = :updates", "attribute_exists(incident)", {
        ":updates": updates,
      }),
    settle: ({ changedAt, ...epoch }) =>
      change(epoch, "REMOVE outdated", "changedAt = :seen", { ":seen": changedAt ?? "" }),
  };
}
