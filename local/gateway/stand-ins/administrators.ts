/**
 * Stands in for what AWS Organizations knows of trusted access and delegated administrators, and for
 * Security Hub's designations; keeps the emulator's GuardDuty and Security Hub to the order in which
 * AWS lets them be set up. Strict: services it does not know, and what AWS would do by itself at a
 * designation, are refused by name.
 */
import { management } from "../accounts";
import type { Membership } from "../iam/membership";
import {
  type Answer,
  type ApiCall,
  ApiError,
  json,
  text,
  UnknownOperationError,
} from "../wire/protocol";

const stackSets = "member.org.stacksets.cloudformation.amazonaws.com";
/** Services that Cordon's deployment speaks of, by principal. */
const services: readonly string[] = [
  "config.amazonaws.com",
  "config-multiaccountsetup.amazonaws.com",
  "guardduty.amazonaws.com",
  "securityhub.amazonaws.com",
  stackSets,
];

interface At {
  readonly account: string;
  readonly region: string;
}

export class Administrators {
  /** Service principal to when its access began. A person has let StackSets in, as on AWS. */
  readonly #trusted = new Map<string, Date>([[stackSets, new Date()]]);
  /** "service/account" to when the account became the service's administrator. */
  readonly #delegated = new Map<string, Date>();
  /** "service/account/region" of every account and region in which a service was switched on. */
  readonly #on = new Set<string>();
  /** Region to Security Hub's administrator. */
  readonly #securityHub = new Map<string, string>();
  /** Regions in which GuardDuty has its administrator. */
  readonly #guardDuty = new Set<string>();

  constructor(private readonly membership: Membership) {}

  /** Answers a call; undefined for one of another service. */
  answer(call: ApiCall, at: At): Answer | undefined {
    const { parameters } = call;
    const principal = text(parameters.ServicePrincipal) ?? "";
    const account = text(parameters.AccountId) ?? text(parameters.AdminAccountId) ?? "";
    switch (`${call.service}:${call.operation}`) {
      case "organizations:EnableAWSServiceAccess":
        requireManagement(at);
        requireService(principal);
        // AWS: "You can enable trusted access using only AWS CloudFormation StackSets."
        if (principal === stackSets) throw new UnknownOperationError(`access of ${stackSets}`);
        this.#trust(principal);
        return json({});
      case "organizations:DisableAWSServiceAccess":
        requireManagement(at);
        requireService(principal);
        this.#trusted.delete(principal);
        return json({});
      case "organizations:ListAWSServiceAccessForOrganization":
        this.require(at.account);
        return json({
          EnabledServicePrincipals: [...this.#trusted].map(([ServicePrincipal, since]) => ({
            ServicePrincipal,
            DateEnabled: since.getTime() / 1000,
          })),
        });
      case "organizations:RegisterDelegatedAdministrator":
        requireManagement(at);
        requireService(principal);
        this.#register(principal, account);
        return json({});
      case "organizations:DeregisterDelegatedAdministrator":
        requireManagement(at);
        if (!this.#delegated.delete(`${principal}/${account}`)) throw notRegistered();
        return json({});
      case "organizations:ListDelegatedAdministrators":
        this.require(at.account);
        return json({ DelegatedAdministrators: this.#administrators(principal) });
      case "organizations:ListDelegatedServicesForAccount":
        this.require(at.account);
        return json({ DelegatedServices: this.#servicesOf(account) });
      case "securityhub:EnableOrganizationAdminAccount":
        requireManagement(at);
        this.#requireOn("securityhub", account, at.region, call);
        if (this.#securityHub.has(at.region)) {
          throw new ApiError(
            "ResourceConflictException",
            "The organization has an administrator of Security Hub already",
            409,
          );
        }
        this.#designate("securityhub.amazonaws.com", account);
        this.#securityHub.set(at.region, account);
        return json({ AdminAccountId: account, Feature: "SecurityHub" });
      case "securityhub:DisableOrganizationAdminAccount":
        requireManagement(at);
        this.#securityHub.delete(at.region);
        return json({});
      case "securityhub:ListOrganizationAdminAccounts": {
        requireManagement(at);
        const AccountId = this.#securityHub.get(at.region);
        return json({ AdminAccounts: AccountId ? [{ AccountId, Status: "ENABLED" }] : [] });
      }
      default:
        return undefined;
    }
  }

  /** Throws AWS's error for a call that the emulator would let pass. */
  check(call: ApiCall, at: At): void {
    switch (`${call.service}:${call.operation}`) {
      // Makes a second one.
      case "guardduty:CreateDetector":
        if (this.#isOn("guardduty", at.account, at.region)) {
          throw new ApiError(
            "BadRequestException",
            "The request is rejected because a detector already exists for the current account.",
          );
        }
        return;
      // Answers anybody, and designates any number.
      case "guardduty:EnableOrganizationAdminAccount":
        requireManagement(at);
        this.#requireOn("guardduty", text(call.parameters.adminAccountId) ?? "", at.region, call);
        if (this.#guardDuty.has(at.region)) {
          throw new ApiError(
            "BadRequestException",
            "The request failed because the account is already enabled as the GuardDuty delegated administrator for the organization.",
          );
        }
        return;
      // Enables again.
      case "securityhub:EnableSecurityHub":
        if (this.#isOn("securityhub", at.account, at.region)) {
          throw new ApiError(
            "ResourceConflictException",
            "Account is already subscribed to Security Hub",
            409,
          );
        }
    }
  }

  /** Says whether an account is registered as an administrator of StackSets. */
  administersStackSets(account: string): boolean {
    return this.#delegated.has(`${stackSets}/${account}`);
  }

  /**
   * Lets pass whom AWS lets read the organization: the management account, and every account that is
   * registered as an administrator of any service.
   */
  require(account: string): void {
    const delegated = [...this.#delegated.keys()].some((key) => key.endsWith(`/${account}`));
    if (account !== management.id && !delegated) throw denied();
  }

  /** Takes in what a call has changed in the emulator. */
  observe(call: ApiCall, at: At): void {
    switch (`${call.service}:${call.operation}`) {
      case "guardduty:CreateDetector":
      case "securityhub:EnableSecurityHub":
        this.#on.add(`${call.service}/${at.account}/${at.region}`);
        return;
      case "guardduty:DeleteDetector":
      case "securityhub:DisableSecurityHub":
        this.#on.delete(`${call.service}/${at.account}/${at.region}`);
        return;
      case "guardduty:EnableOrganizationAdminAccount":
        this.#designate("guardduty.amazonaws.com", text(call.parameters.adminAccountId) ?? "");
        this.#guardDuty.add(at.region);
        return;
      case "guardduty:DisableOrganizationAdminAccount":
        this.#guardDuty.delete(at.region);
    }
  }

  #isOn(service: string, account: string, region: string): boolean {
    return this.#on.has(`${service}/${account}/${region}`);
  }

  /** A designation switches the service on where it is off; nothing here would do so. */
  #requireOn(service: string, account: string, region: string, call: ApiCall): void {
    requireMember(account, this.membership);
    if (!this.#isOn(service, account, region)) {
      throw new UnknownOperationError(
        `${call.service}:${call.operation} of ${account}, which has ${service} switched off in ${region},`,
      );
    }
  }

  /** The service's own call for it: trusts the service, and registers the account once. */
  #designate(principal: string, account: string): void {
    this.#trust(principal);
    if (!this.#delegated.has(`${principal}/${account}`)) this.#register(principal, account);
  }

  #trust(principal: string): void {
    if (!this.#trusted.has(principal)) this.#trusted.set(principal, new Date());
  }

  #register(principal: string, account: string): void {
    requireMember(account, this.membership);
    if (!this.#trusted.has(principal)) {
      throw new UnknownOperationError(`an administrator of ${principal} without trusted access`);
    }
    if (this.#delegated.has(`${principal}/${account}`)) {
      throw new ApiError(
        "AccountAlreadyRegisteredException",
        "The specified account is already a delegated administrator for this AWS service.",
      );
    }
    this.#delegated.set(`${principal}/${account}`, new Date());
  }

  #administrators(principal: string): readonly object[] {
    const found = [...this.#delegated].filter(
      ([key]) => principal === "" || key.startsWith(`${principal}/`),
    );
    const since = new Map(found.map(([key, date]) => [key.split("/")[1], date]));
    return this.membership.accounts
      .filter(({ id }) => since.has(id))
      .map(({ id, name }) => ({
        Id: id,
        Name: name,
        Email: `${name}@example.com`,
        Status: "ACTIVE",
        DelegationEnabledDate: (since.get(id) as Date).getTime() / 1000,
      }));
  }

  #servicesOf(account: string): readonly object[] {
    const found = [...this.#delegated].filter(([key]) => key.endsWith(`/${account}`));
    if (found.length === 0) throw notRegistered();
    return found.map(([key, since]) => ({
      ServicePrincipal: key.split("/")[0],
      DelegationEnabledDate: since.getTime() / 1000,
    }));
  }
}

function requireManagement({ account }: At): void {
  if (account !== management.id) throw denied();
}

function requireService(principal: string): void {
  if (!services.includes(principal)) {
    throw new ApiError("InvalidInputException", "You specified an unrecognized service principal.");
  }
}

function requireMember(account: string, membership: Membership): void {
  if (account === management.id) {
    throw new ApiError(
      "ConstraintViolationException",
      "You cannot register the management account as a delegated administrator.",
    );
  }
  if (!membership.has(account)) {
    throw new ApiError("AccountNotFoundException", "You specified an account that doesn't exist.");
  }
}

function notRegistered(): ApiError {
  return new ApiError(
    "AccountNotRegisteredException",
    "The specified account is not a delegated administrator for this AWS service.",
  );
}

function denied(): ApiError {
  return new ApiError(
    "AccessDeniedException",
    "You don't have permissions to access this resource.",
    403,
  );
}
