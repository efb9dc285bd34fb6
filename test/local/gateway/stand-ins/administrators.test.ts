import {
  CreateDetectorCommand,
  EnableOrganizationAdminAccountCommand,
  GuardDutyClient,
  ListOrganizationAdminAccountsCommand,
} from "@aws-sdk/client-guardduty";
import {
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  ListDelegatedServicesForAccountCommand,
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from "@aws-sdk/client-organizations";
import {
  DescribeHubCommand,
  EnableOrganizationAdminAccountCommand as DesignateCommand,
  EnableSecurityHubCommand,
  SecurityHubClient,
} from "@aws-sdk/client-securityhub";
import { expect } from "chai";
import { data, management, security } from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

const stackSets = "member.org.stacksets.cloudformation.amazonaws.com";
const conformance = "config-multiaccountsetup.amazonaws.com";

/** Gives the code and message of the refusal, or "done". */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

describe("the local organization's detectors and administrators [V1]", () => {
  const world = useWorld();
  const as = (account: string) => world.as(world.callers.trusted(account, "test", "seed"));

  it("let StackSets in from the start, and no one else", async () => {
    const { EnabledServicePrincipals } = await new OrganizationsClient(as(management)).send(
      new ListAWSServiceAccessForOrganizationCommand({}),
    );
    expect(EnabledServicePrincipals?.map((each) => each.ServicePrincipal)).to.deep.equal([
      stackSets,
    ]);
  });

  it("refuse trusted access for StackSets, which only CloudFormation gives", async () => {
    const organizations = new OrganizationsClient(as(management));
    const give = new EnableAWSServiceAccessCommand({ ServicePrincipal: stackSets });
    expect(await refusal(organizations.send(give))).to.match(/^CordonLocalUnknownOperation: /);
  });

  it("refuse changes from anywhere but the management account, and unknown services", async () => {
    const give = (ServicePrincipal: string) =>
      new EnableAWSServiceAccessCommand({ ServicePrincipal });
    expect(await refusal(new OrganizationsClient(as(security)).send(give(conformance)))).to.equal(
      "AccessDeniedException: You don't have permissions to access this resource.",
    );
    expect(
      await refusal(new OrganizationsClient(as(management)).send(give("example.amazonaws.com"))),
    ).to.equal("InvalidInputException: You specified an unrecognized service principal.");
  });

  it("register an administrator once, of a service that is trusted", async () => {
    const organizations = new OrganizationsClient(as(management));
    const register = (AccountId: string) =>
      refusal(
        organizations.send(
          new RegisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal: conformance }),
        ),
      );
    const give = new EnableAWSServiceAccessCommand({ ServicePrincipal: conformance });
    expect(await register(data)).to.match(/^CordonLocalUnknownOperation: .*without trusted access/);
    await organizations.send(give);
    const services = (AccountId: string) =>
      refusal(organizations.send(new ListDelegatedServicesForAccountCommand({ AccountId })));
    expect(await services(data)).to.match(/^AccountNotRegisteredException: /);
    expect(await register(management)).to.match(/^ConstraintViolationException: /);
    expect(await register("999988887777")).to.match(/^AccountNotFoundException: /);
    expect(await register(data)).to.equal("done");
    expect(await register(data)).to.match(/^AccountAlreadyRegisteredException: /);
    const { DelegatedAdministrators } = await organizations.send(
      new ListDelegatedAdministratorsCommand({ ServicePrincipal: conformance }),
    );
    expect(DelegatedAdministrators?.map(({ Id }) => Id)).to.deep.equal([data]);
    // An administrator may look, too.
    const { DelegatedServices } = await new OrganizationsClient(as(data)).send(
      new ListDelegatedServicesForAccountCommand({ AccountId: data }),
    );
    expect(DelegatedServices?.map((each) => each.ServicePrincipal)).to.deep.equal([conformance]);
    await organizations.send(new DisableAWSServiceAccessCommand({ ServicePrincipal: conformance }));
  });

  it("designate GuardDuty's administrator only where it has a detector, as AWS would make one", async () => {
    const guardDuty = new GuardDutyClient(as(management));
    const designate = (id: string) =>
      refusal(guardDuty.send(new EnableOrganizationAdminAccountCommand({ AdminAccountId: id })));
    expect(await designate(security)).to.match(
      /^CordonLocalUnknownOperation: .* has guardduty switched off in us-east-1/,
    );
    const own = new GuardDutyClient(as(security));
    await own.send(new CreateDetectorCommand({ Enable: true }));
    expect(await refusal(own.send(new CreateDetectorCommand({ Enable: true })))).to.equal(
      "BadRequestException: The request is rejected because a detector already exists for the current account.",
    );
    expect(await designate(management)).to.match(/^ConstraintViolationException: /);
    expect(await designate(security)).to.equal("done");
    const { AdminAccounts } = await guardDuty.send(new ListOrganizationAdminAccountsCommand({}));
    expect(AdminAccounts?.map((each) => each.AdminAccountId)).to.deep.equal([security]);
    const { DelegatedAdministrators } = await new OrganizationsClient(as(management)).send(
      new ListDelegatedAdministratorsCommand({ ServicePrincipal: "guardduty.amazonaws.com" }),
    );
    expect(DelegatedAdministrators?.map(({ Id }) => Id)).to.deep.equal([security]);
  });

  it("switch Security Hub on once, and designate its administrator after that", async () => {
    const hub = new SecurityHubClient(as(security));
    const designate = () =>
      refusal(
        new SecurityHubClient(as(management)).send(
          new DesignateCommand({ AdminAccountId: security }),
        ),
      );
    expect(await designate()).to.match(/securityhub switched off in us-east-1/);
    await hub.send(new EnableSecurityHubCommand({ EnableDefaultStandards: false }));
    expect(await refusal(hub.send(new EnableSecurityHubCommand({})))).to.equal(
      "ResourceConflictException: Account is already subscribed to Security Hub",
    );
    expect(await designate()).to.equal("done");
    const { HubArn } = await hub.send(new DescribeHubCommand({}));
    expect(HubArn).to.equal(`arn:aws:securityhub:us-east-1:${security}:hub/default`);
  });
});
