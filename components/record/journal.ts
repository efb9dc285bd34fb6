/** The write-ahead journal: what is about to change, and what it was before. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { journalName, openIndex, outdatedIndex } from "../../functions/catalogue/names";

export interface JournalArgs {
  readonly keyArn: pulumi.Input<string>;
  /** Refuses to delete the table, by any means, until it is switched off. */
  readonly deletionProtection: boolean;
}

/** One table: an incident is a partition, each of its epochs an item. */
export class Journal extends pulumi.ComponentResource {
  readonly tableName: pulumi.Output<string>;
  readonly tableArn: pulumi.Output<string>;

  constructor(name: string, args: JournalArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:Journal", name, {}, opts);
    const table = new aws.dynamodb.Table(
      `${name}-table`,
      {
        name: journalName,
        hashKey: "incident",
        rangeKey: "item",
        attributes: [
          { name: "incident", type: "S" },
          { name: "item", type: "S" },
          { name: "open", type: "S" },
          { name: "outdated", type: "S" },
          { name: "changedAt", type: "S" },
        ],
        // Only open incidents and plans that wait have the first one's attribute, and only those whose
        // findings are outdated the second one's, so the indexes stay small.
        globalSecondaryIndexes: [
          { name: openIndex, hashKey: "open", projectionType: "KEYS_ONLY" },
          {
            name: outdatedIndex,
            hashKey: "outdated",
            rangeKey: "changedAt",
            projectionType: "KEYS_ONLY",
          },
        ],
        billingMode: "PAY_PER_REQUEST",
        serverSideEncryption: { enabled: true, kmsKeyArn: args.keyArn },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: args.deletionProtection,
      },
      { parent: this },
    );
    this.tableName = table.name;
    this.tableArn = table.arn;
    this.registerOutputs({ tableName: this.tableName, tableArn: this.tableArn });
  }
}
