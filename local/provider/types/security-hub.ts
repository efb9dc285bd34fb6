import {
  DisableOrganizationAdminAccountCommand,
  DisableSecurityHubCommand,
  EnableOrganizationAdminAccountCommand,
  EnableSecurityHubCommand,
  SecurityHubClient,
} from "@aws-sdk/client-securityhub";
import * as z from "zod/mini";
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
});

export const resources = {
  "aws:securityhub/account:Account": account,
  "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount": organizationAdminAccount,
};
