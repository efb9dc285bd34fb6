/** The register of exceptions: one partition of the journal's table. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../catalogue/journal-partitions";
import { playbookIds } from "../catalogue/playbooks";
import { type Exception, type ExceptionRegister, readException } from "../record/exceptions";
import { clientConfig } from "./client";

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
      const entries = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          // An entry counts from the moment in which it is added.
          ConsistentRead: true,
          KeyConditionExpression: "incident = :incident",
          ExpressionAttributeValues: marshall({ ":incident": incident }),
        },
      );
      for await (const { Items = [] } of pages) {
        for (const each of Items) {
          const { item, ...fields } = unmarshall(each);
          entries.push(readException({ ...fields, id: item }, playbookIds));
        }
      }
      return entries;
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
