/** Posture controls of databases and keys. Data only. */
import type { Control } from "./control";

const anyKey = "arn:aws:kms:{region}:{account}:key/{id}";
const anyTable = "arn:aws:dynamodb:{region}:{account}:table/{id}";

export const dataControls = {
  "kms-key-rotation": {
    does: "have KMS rotate key {id} every year",
    undoes: "have KMS no longer rotate key {id}",
    names: "KMS key {id}",
    arn: anyKey,
    published: ["KMS.4"],
    config: { rules: ["cordon-kms-key-rotation"], resourceType: "AWS::KMS::Key" },
    idForm: "[0-9a-f-]{36}|mrk-[0-9a-f]{32}",
    wanted: true,
    reads: [
      {
        actions: ["kms:DescribeKey", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
        resources: [anyKey],
      },
    ],
    changes: [{ actions: ["kms:EnableKeyRotation"], resources: [anyKey] }],
    undoing: [{ actions: ["kms:DisableKeyRotation"], resources: [anyKey] }],
    residual:
      "What is encrypted already is not encrypted again: KMS keeps the former key material.",
    nextStep: "Declare the rotation where the key is declared.",
  },
  "table-recovery": {
    does: "have DynamoDB keep table {id} restorable to any second",
    undoes: "have DynamoDB no longer keep table {id} restorable, and delete what it has kept",
    names: "table {id}",
    arn: anyTable,
    published: ["DynamoDB.2"],
    config: { rules: ["cordon-table-recovery"], resourceType: "AWS::DynamoDB::Table" },
    idForm: "[\\w.-]{3,255}",
    wanted: true,
    reads: [
      {
        actions: [
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeTable",
          "dynamodb:ListTagsOfResource",
        ],
        resources: [anyTable],
      },
    ],
    changes: [{ actions: ["dynamodb:UpdateContinuousBackups"], resources: [anyTable] }],
    asks: "AWS charges for it by the size of the table",
    residual: "What was deleted before cannot be restored.",
    nextStep: "Declare the recovery where the table is declared.",
  },
  "table-deletion-protection": {
    does: "protect table {id} from deletion",
    undoes: "no longer protect table {id} from deletion",
    names: "table {id}",
    arn: anyTable,
    published: ["DynamoDB.6"],
    idForm: "[\\w.-]{3,255}",
    wanted: true,
    reads: [
      { actions: ["dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"], resources: [anyTable] },
    ],
    changes: [{ actions: ["dynamodb:UpdateTable"], resources: [anyTable] }],
    residual: "Who may change the table can take the protection off again.",
    nextStep: "Declare the protection where the table is declared.",
  },
} as const satisfies Record<string, Control>;
