import {
  DescribeHubCommand,
  DisableOrganizationAdminAccountCommand,
  DisableSecurityHubCommand,
  EnableOrganizationAdminAccountCommand,
  EnableSecurityHubCommand,
  paginateListOrganizationAdminAccounts,
  SecurityHubClient,
} from "@aws-sdk/client-securityhub";
import * as z from "zod/mini";
import { allOf } from "../../gateway/client";
import { optionalFlag, regional, resourceType, text } from "../resource-type";

const account = resourceType({
  inputs: z.strictObject({ enableDefaultStandards: optionalFlag, ...regional }),
  computed: ["arn"],
  async create({ enableDefaultStandards }, place) {
    await place
      .client(SecurityHubClient)
      .send(
        new EnableSecurityHubCommand({ EnableDefaultStandards: enableDefaultStandards ?? true }),
      );
    const id = await place.account();
    return { id, outputs: { arn: `arn:aws:securityhub:${place.region}:${id}:hub/default` } };
  },
  async delete(_id, _state, place) {
    await place.client(SecurityHubClient).send(new DisableSecurityHubCommand({}));
  },
  async read(id, place) {
    const found = await place
      .client(SecurityHubClient)
      .send(new DescribeHubCommand({}))
      .catch((error: Error) => {
        if (/not subscribed/.test(error.message)) return undefined;
        throw error;
      });
    // Whether the default standards were wanted cannot be read afterwards: the real provider, too,
    // takes it that they were not.
    return (
      found && {
        inputs: { enableDefaultStandards: false, region: place.region },
        outputs: { arn: `arn:aws:securityhub:${place.region}:${id}:hub/default` },
      }
    );
  },
});

const organizationAdminAccount = resourceType({
  inputs: z.strictObject({ adminAccountId: text.check(z.regex(/^\d{12}$/)), ...regional }),
  async create({ adminAccountId }, place) {
    await place
      .client(SecurityHubClient)
      .send(new EnableOrganizationAdminAccountCommand({ AdminAccountId: adminAccountId }));
    return { id: adminAccountId, outputs: {} };
  },
  async delete(id, _state, place) {
    await place
      .client(SecurityHubClient)
      .send(new DisableOrganizationAdminAccountCommand({ AdminAccountId: id }));
  },
  async read(id, place) {
    const administrators = await allOf(
      paginateListOrganizationAdminAccounts({ client: place.client(SecurityHubClient) }, {}),
      ({ AdminAccounts }) => AdminAccounts,
    );
    return administrators.some(({ AccountId }) => AccountId === id)
      ? { inputs: { adminAccountId: id, region: place.region }, outputs: {} }
      : undefined;
  },
});

export const resources = {
  "aws:securityhub/account:Account": account,
  "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount": organizationAdminAccount,
};
