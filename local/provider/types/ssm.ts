import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from "@aws-sdk/client-ssm";
import * as z from "zod/mini";
import { optionalText, regional, resourceType, tagged, tagList, text } from "../resource-type";

const document = resourceType({
  inputs: z.strictObject({
    name: text,
    content: text,
    documentType: text,
    documentFormat: optionalText,
    ...regional,
    ...tagged,
  }),
  computed: ["arn", "defaultVersion", "latestVersion", "documentVersion", "hash", "owner"],
  updatable: ["content"],
  async create({ name, content, documentType, documentFormat }, place, tags) {
    const { DocumentDescription: made } = await place.client(SSMClient).send(
      new CreateDocumentCommand({
        Name: name,
        Content: content,
        // AWS checks the enumerations; their types would only repeat its lists.
        DocumentType: documentType as "Automation",
        DocumentFormat: (documentFormat ?? "JSON") as "JSON",
        ...(Object.keys(tags).length > 0 && { Tags: tagList(tags) }),
      }),
    );
    const owner = await place.account();
    return {
      id: name,
      outputs: {
        arn: `arn:aws:ssm:${place.region}:${owner}:document/${name}`,
        defaultVersion: made?.DefaultVersion,
        latestVersion: made?.LatestVersion,
        documentVersion: made?.DocumentVersion,
        hash: made?.Hash,
        owner,
      },
    };
  },
  // Of schemas from 2.0 on, the real provider makes a new version and the default of it.
  async update(id, { content, documentFormat }, place) {
    const ssm = place.client(SSMClient);
    const { DocumentDescription: made } = await ssm.send(
      new UpdateDocumentCommand({
        Name: id,
        Content: content,
        DocumentVersion: "$LATEST",
        DocumentFormat: (documentFormat ?? "JSON") as "JSON",
      }),
    );
    const version = made?.DocumentVersion;
    await ssm.send(new UpdateDocumentDefaultVersionCommand({ Name: id, DocumentVersion: version }));
    return {
      defaultVersion: version,
      latestVersion: version,
      documentVersion: version,
      hash: made?.Hash,
    };
  },
  async delete(id, _state, place) {
    await place.client(SSMClient).send(new DeleteDocumentCommand({ Name: id }));
  },
});

export const resources = { "aws:ssm/document:Document": document };
