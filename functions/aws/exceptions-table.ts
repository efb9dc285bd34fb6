/** The register of exceptions: one partition of the journal's table. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import { playbookIds } from "../catalogue/playbooks";
import { type Exception, type ExceptionRegister, readException } from "../record/exceptions";
import { clientConfig } from "./client";
import { readPartition } from "./partition";

const incident = `${partitions.exceptions}register`;

/** The register as its owners change it, with credentials of their own. */
export interface OwnedRegister extends ExceptionRegister {
  /** Adds an entry. @throws when the register has an entry of that id */
  add(entry: Exception): Promise<void>;
  /** Removes an entry; false when there is none of that id. */
  remove(id: string): Promise<boolean>;
}

/** Opens the register. The functions' roles may read it, and nothing else. */
export function exceptionsTable(region: string, table: string): OwnedRegister {
  const client = new DynamoDBClient(clientConfig(region));
  return {
    async entries() {
      // An entry counts from the moment in which it is added.
      const items = await readPartition(client, table, incident);
      return items.map(({ item, ...fields }) =>
        readException({ ...fields, id: item }, playbookIds),
      );
    },
    async add({ id, ...fields }) {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: marshall({ incident, item: id, ...fields }, { removeUndefinedValues: true }),
          ConditionExpression: "attribute_not_exists(incident)",
        }),
      );
    },
    async remove(id) {
      try {
        await client.send(
          new DeleteItemCommand({
            TableName: table,
            Key: marshall({ incident, item: id }),
            ConditionExpression: "attribute_exists(incident)",
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
