/** Reaches another account of the organization, through the deployment's role there. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface AccountProviderArgs {
  readonly homeRegion: string;
  readonly deploymentRole: string;
  readonly account: string;
}

/** Makes the provider of one account; resources elsewhere than in the home region say where. */
export function accountProvider(
  name: string,
  { homeRegion, deploymentRole, account }: AccountProviderArgs,
  opts: pulumi.ResourceOptions = {},
): aws.Provider {
  return new aws.Provider(
    name,
    {
      region: homeRegion,
      assumeRoles: [
        {
          roleArn: `arn:aws:iam::${account}:role/${deploymentRole}`,
          sessionName: "cordon-deploy",
        },
      ],
    },
    opts,
  );
}
