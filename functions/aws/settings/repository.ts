/** Settings of a private repository of ECR. */
import {
  DescribeRepositoriesCommand,
  ECRClient,
  type ImageTagMutability,
  type ImageTagMutabilityExclusionFilter,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  type Repository,
} from "@aws-sdk/client-ecr";
import type { Value } from "../../catalogue/controls/control";
import { memberConfig } from "../client";
import { orUndefined, tolerate } from "../errors";
import { tagsOf } from "../tags";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

/** Whether ECR scans each image that is pushed. */
export const scanning = repository(
  ({ imageScanningConfiguration }) => imageScanningConfiguration?.scanOnPush === true,
  (client, repositoryName, value) =>
    client.send(
      new PutImageScanningConfigurationCommand({
        repositoryName,
        imageScanningConfiguration: { scanOnPush: value === true },
      }),
    ),
);

interface Mutability {
  readonly mode: ImageTagMutability;
  readonly exclusions?: ImageTagMutabilityExclusionFilter[];
}

/** Whether a tag can be moved to another image, and the filters of the tags for which it is the other way. */
export const mutability = repository(
  ({ imageTagMutability, imageTagMutabilityExclusionFilters: exclusions = [] }) => ({
    mode: imageTagMutability ?? "MUTABLE",
    ...(exclusions.length > 0 && {
      exclusions: exclusions.map(({ filterType = "", filter = "" }) => ({ filterType, filter })),
    }),
  }),
  (client, repositoryName, value) => {
    const { mode, exclusions } = value as unknown as Mutability;
    return client.send(
      new PutImageTagMutabilityCommand({
        repositoryName,
        imageTagMutability: mode,
        imageTagMutabilityExclusionFilters: exclusions,
      }),
    );
  },
);

function repository(
  read: (found: Repository) => Value,
  set: (client: ECRClient, name: string, value: Value) => Promise<unknown>,
): OpenSetting {
  return (region, credentials) => {
    const client = new ECRClient(memberConfig(region, credentials));
    return {
      async read(name) {
        const answer = await orUndefined(
          client.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })),
          "RepositoryNotFoundException",
        );
        const [found] = answer?.repositories ?? [];
        if (found === undefined) return undefined;
        const { tags: list } = await client.send(
          new ListTagsForResourceCommand({ resourceArn: found.repositoryArn }),
        );
        const tags = tagsOf(list);
        return { value: read(found), tags, ...leftIfOwn("Repository", name, tags) };
      },
      write: (name, value) => tolerate(set(client, name, value)),
    };
  };
}
