import {
  DeregisterDelegatedAdministratorCommand,
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from "@aws-sdk/client-organizations";
import * as z from "zod/mini";
import { resourceType, text } from "../resource-type";

const awsServiceAccess = resourceType({
  inputs: z.strictObject({ servicePrincipal: text }),
  computed: ["dateEnabled"],
  async create({ servicePrincipal }, place) {
    const organizations = place.client(OrganizationsClient);
    await organizations.send(
      new EnableAWSServiceAccessCommand({ ServicePrincipal: servicePrincipal }),
    );
    const { EnabledServicePrincipals = [] } = await organizations.send(
      new ListAWSServiceAccessForOrganizationCommand({}),
    );
    const enabled = EnabledServicePrincipals.find(
      (each) => each.ServicePrincipal === servicePrincipal,
    );
    return {
      id: servicePrincipal,
      outputs: { dateEnabled: enabled?.DateEnabled?.toISOString() },
    };
  },
  async delete(id, _state, place) {
    await place
      .client(OrganizationsClient)
      .send(new DisableAWSServiceAccessCommand({ ServicePrincipal: id }));
  },
});

const delegatedAdministrator = resourceType({
  inputs: z.strictObject({ accountId: text, servicePrincipal: text }),
  computed: ["arn", "email", "name", "status", "delegationEnabledDate"],
  async create({ accountId, servicePrincipal }, place) {
    const organizations = place.client(OrganizationsClient);
    await organizations.send(
      new RegisterDelegatedAdministratorCommand({
        AccountId: accountId,
        ServicePrincipal: servicePrincipal,
      }),
    );
    const { DelegatedAdministrators = [] } = await organizations.send(
      new ListDelegatedAdministratorsCommand({ ServicePrincipal: servicePrincipal }),
    );
    const registered = DelegatedAdministrators.find(({ Id }) => Id === accountId);
    return {
      id: `${accountId}/${servicePrincipal}`,
      outputs: {
        email: registered?.Email,
        name: registered?.Name,
        status: registered?.Status,
        delegationEnabledDate: registered?.DelegationEnabledDate?.toISOString(),
      },
    };
  },
  async delete(_id, { accountId, servicePrincipal }, place) {
    await place.client(OrganizationsClient).send(
      new DeregisterDelegatedAdministratorCommand({
        AccountId: accountId,
        ServicePrincipal: servicePrincipal,
      }),
    );
  },
});

export const resources = {
  "aws:organizations/awsServiceAccess:AwsServiceAccess": awsServiceAccess,
  "aws:organizations/delegatedAdministrator:DelegatedAdministrator": delegatedAdministrator,
};
