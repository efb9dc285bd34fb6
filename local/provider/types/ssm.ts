import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  DeleteParameterCommand,
  type Parameter,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from "@aws-sdk/client-ssm";
import * as z from "zod/mini";
import * as input from "../resource-type";
import type { Place } from "../session";

const document = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    content: input.text,
    documentType: input.text,
    documentFormat: input.optionalText,
    ...input.regional,
    ...input.tagged,
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
        ...(Object.keys(tags).length > 0 && { Tags: input.tagList(tags) }),
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

const parameter = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    type: z.literal("String"),
    value: input.text,
    overwrite: input.optionalFlag,
    ...input.regional,
  }),
  computed: ["arn", "version"],
  updatable: ["value"],
  async create(inputs, place) {
    await putParameter(inputs, place, inputs.overwrite ?? false);
    const arn = `arn:aws:ssm:${place.region}:${await place.account()}:parameter${inputs.name}`;
    return { id: inputs.name, outputs: { arn } };
  },
  async update(_id, inputs, place) {
    await putParameter(inputs, place, true);
    return {};
  },
  async delete(id, _state, place) {
    await place.client(SSMClient).send(new DeleteParameterCommand({ Name: id }));
  },
});

async function putParameter(
  { name, type, value }: { name: string; type: "String"; value: string },
  place: Place,
  overwrite: boolean,
): Promise<void> {
  await place
    .client(SSMClient)
    .send(new PutParameterCommand({ Name: name, Type: type, Value: value, Overwrite: overwrite }));
}

const getParametersByPath = input.invoke({
  arguments: z.strictObject({ path: input.text, recursive: input.optionalFlag, ...input.regional }),
  async answer({ path: Path, recursive: Recursive }, place) {
    const found: Parameter[] = [];
    const client = place.client(SSMClient);
    for await (const page of paginateGetParametersByPath({ client }, { Path, Recursive })) {
      found.push(...(page.Parameters ?? []));
    }
    return {
      arns: found.map(({ ARN }) => ARN),
      names: found.map(({ Name }) => Name),
      types: found.map(({ Type }) => Type),
      values: found.map(({ Value }) => Value),
    };
  },
});

export const resources = {
  "aws:ssm/document:Document": document,
  "aws:ssm/parameter:Parameter": parameter,
};
export const invokes = { "aws:ssm/getParametersByPath:getParametersByPath": getParametersByPath };
