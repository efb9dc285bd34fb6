import {
  DeregisterDelegatedAdministratorCommand,
  DescribeOrganizationCommand,
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
  OrganizationsClient,
  paginateListAWSServiceAccessForOrganization,
  paginateListDelegatedAdministrators,
  paginateListParents,
  RegisterDelegatedAdministratorCommand,
} from "@aws-sdk/client-organizations";
import * as z from "zod/mini";
import { allOf } from "../../gateway/client";
import { invoke, resourceType, text } from "../resource-type";

const awsServiceAccess = resourceType({
  inputs: z.strictObject({ servicePrincipal: text }),
  computed: ["dateEnabled"],
  async create({ servicePrincipal }, place) {
    const organizations = place.client(OrganizationsClient);
    await organizations.send(
      new EnableAWSServiceAccessCommand({ ServicePrincipal: servicePrincipal }),
    );
    const services = await allOf(
      paginateListAWSServiceAccessForOrganization({ client: organizations }, {}),
      ({ EnabledServicePrincipals }) => EnabledServicePrincipals,
    );
    const enabled = services.find((each) => each.ServicePrincipal === servicePrincipal);
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
    const administrators = await allOf(
      paginateListDelegatedAdministrators(
        { client: organizations },
        { ServicePrincipal: servicePrincipal },
      ),
      ({ DelegatedAdministrators }) => DelegatedAdministrators,
    );
    const registered = administrators.find(({ Id }) => Id === accountId);
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

/** Writes the way from the organization down to an account or a unit, as `o-…/r-…/ou-…/ID`. */
const getEntityPath = invoke({
  arguments: z.strictObject({ entityId: text }),
  async answer({ entityId }, place) {
    const organizations = place.client(OrganizationsClient);
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}));
    const above = [entityId];
    while (!above[0]?.startsWith("r-")) {
      const parents = await allOf(
        paginateListParents({ client: organizations }, { ChildId: above[0] }),
        ({ Parents }) => Parents,
      );
      above.unshift(parents[0]?.Id ?? "");
    }
    return { entityId, entityPath: [Organization?.Id, ...above].join("/") };
  },
});

export const invokes = { "aws:organizations/getEntityPath:getEntityPath": getEntityPath };
export const resources = {
  "aws:organizations/awsServiceAccess:AwsServiceAccess": awsServiceAccess,
  "aws:organizations/delegatedAdministrator:DelegatedAdministrator": delegatedAdministrator,
};
