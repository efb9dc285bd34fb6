/** Whether the URL of a Lambda function answers to everybody (NONE) or to signed requests alone (AWS_IAM). */
import {
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListTagsCommand,
  ResourceNotFoundException,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { memberConfig, type OpenCustomSetting } from "../../custom/setting";

export const open: OpenCustomSetting = (region, credentials) => {
  const client = new LambdaClient(memberConfig(region, credentials));
  return {
    async read(FunctionName) {
      try {
        const { AuthType = null, FunctionArn } = await client.send(
          new GetFunctionUrlConfigCommand({ FunctionName }),
        );
        const { Tags = {} } = await client.send(new ListTagsCommand({ Resource: FunctionArn }));
        const isReviewed = Tags["public-url"] === "reviewed";
        return {
          value: AuthType,
          tags: Tags,
          ...(isReviewed && { asks: `The URL of ${FunctionName} was reviewed: somebody needs it` }),
        };
      } catch (error) {
        // Neither a function nor an URL: there is nothing to close.
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async write(FunctionName, value) {
      const AuthType = value === "AWS_IAM" ? "AWS_IAM" : "NONE";
      await client.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType }));
    },
  };
};
