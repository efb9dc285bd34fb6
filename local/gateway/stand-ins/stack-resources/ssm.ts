/** AWS::SSM::Document in a stack. */
import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from "@aws-sdk/client-ssm";
import * as z from "zod/mini";
import { AlreadyExists, document, stackResource, unlessGone } from "./stack-resource";

const properties = z.strictObject({
  Name: z.string(),
  DocumentType: z.literal("Automation"),
  DocumentFormat: z.literal("JSON"),
  // With the other method, Replace, every change of a named document fails.
  UpdateMethod: z.literal("NewVersion"),
  Content: document,
});

export const ssmDocument = stackResource({
  properties,
  replacing: ["Name", "DocumentType"],
  nameOf: ({ Name }) => Name,
  async create({ Name, DocumentType, DocumentFormat, Content }, site) {
    const creating = new CreateDocumentCommand({
      Name,
      DocumentType,
      DocumentFormat,
      Content: JSON.stringify(Content),
    });
    await site
      .client(SSMClient)
      .send(creating)
      .catch((error: Error) => {
        throw error.name === "DocumentAlreadyExists"
          ? new AlreadyExists("AWS::SSM::Document", Name)
          : error;
      });
  },
  async update(_before, { Name, DocumentFormat, Content }, site) {
    const ssm = site.client(SSMClient);
    const { DocumentDescription } = await ssm.send(
      new UpdateDocumentCommand({
        Name,
        DocumentFormat,
        Content: JSON.stringify(Content),
        DocumentVersion: "$LATEST",
      }),
    );
    const DocumentVersion = DocumentDescription?.DocumentVersion ?? "";
    await ssm.send(new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion }));
  },
  delete: ({ Name }, site) =>
    unlessGone(site.client(SSMClient).send(new DeleteDocumentCommand({ Name })), [
      "InvalidDocument",
    ]),
});
