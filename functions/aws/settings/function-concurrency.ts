/** The concurrency that is reserved for a function: at most so many run at once; null where none is reserved. */
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ListTagsCommand,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import type { SettingState } from "../../model/member-account";
import { memberConfig } from "../client";
import { orUndefined } from "../errors";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials, account) => {
  const client = new LambdaClient(memberConfig(region, credentials));
  const stateOf = async (FunctionName: string): Promise<SettingState | undefined> => {
    const Resource = `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
    const [{ ReservedConcurrentExecutions = null }, { Tags = {} }] = await Promise.all([
      client.send(new GetFunctionConcurrencyCommand({ FunctionName })),
      client.send(new ListTagsCommand({ Resource })),
    ]);
    return {
      value: ReservedConcurrentExecutions,
      tags: Tags,
      ...leftIfOwn("Function", FunctionName, {}, "people need to release"),
    };
  };
  return {
    read: (FunctionName) => orUndefined(stateOf(FunctionName), "ResourceNotFoundException"),
    async write(FunctionName, value) {
      if (value === null) {
        await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
        return;
      }
      // Giving a number back fails where others have reserved so much since that less than 100 would be
      // left for all other functions.
      const ReservedConcurrentExecutions = Number(value);
      await client.send(
        new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }),
      );
    },
  };
};
