/** Writes the CloudFormation templates of the deployment roles, one for each kind of account. */

import { stringify } from "yaml";
import { actionsOf, type Grant, type Part, reference } from "./grants";
import { management } from "./management";
import { member } from "./member";
import { security } from "./security";

export type Kind = "security" | "management" | "member";

/** The role's name without settings: what `cordon:deploymentRole` is by default. */
const defaultRoleName = "cordon-deploy";

export const partsOf: Readonly<Record<Kind, readonly Part[]>> = { security, management, member };

interface Parameter {
  readonly Type: "String";
  readonly Description: string;
  readonly Default?: string;
  readonly AllowedValues?: readonly string[];
  readonly AllowedPattern?: string;
}

/** The parameters of all templates. Those that choose policies have a setting's name and values. */
const parameters: Readonly<Record<string, Parameter>> = {
  DeployerArn: {
    Type: "String",
    Description:
      "ARN of the role, of the CI or of IAM Identity Center, that may assume the deployment role",
    AllowedPattern: "^arn:aws:iam::\\d{12}:(role|user)/[\\w+=,.@/-]+$",
  },
  SecurityAccount: {
    Type: "String",
    Description: "As cordon:securityAccount: its deployment role may assume this one",
    AllowedPattern: "^\\d{12}$",
  },
  OrganizationId: {
    Type: "String",
    Description: "As cordon:organizationId",
    AllowedPattern: "^o-[a-z0-9]{10,32}$",
  },
  RoleName: {
    Type: "String",
    Description: "As cordon:deploymentRole, the same in all accounts",
    Default: defaultRoleName,
    AllowedPattern: "^[\\w+=,.@-]{1,64}$",
  },
  RolePath: {
    Type: "String",
    Description: "As cordon:rolePath",
    Default: "/",
    AllowedPattern: "^/([\\w+=,.@-]+/)*$",
  },
  MemberDeployment: choice("memberDeployment", ["stack-sets", "direct"]),
  Detection: choice("detection", ["existing", "managed"]),
  ServiceControlPolicy: choice("serviceControlPolicy", ["none", "attach"]),
  ConformancePack: choice("conformancePack", ["none", "deploy"]),
  GovernManagementAccount: choice("governManagementAccount", ["false", "true"]),
  Range: {
    Type: "String",
    Description: "Whether this account is cordon:rangeAccount",
    Default: "false",
    AllowedValues: ["false", "true"],
  },
};

function choice(setting: string, values: readonly [string, string]): Parameter {
  return {
    Type: "String",
    Description: `As cordon:${setting}`,
    Default: values[0],
    AllowedValues: values,
  };
}

interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** Writes one template as an object. */
export function template(kind: Kind) {
  const parts = partsOf[kind];
  const conditional = parts.flatMap(({ name, when }) => (when ? [{ name, when }] : []));
  const resources: Readonly<Record<string, Resource>> = {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: { Ref: "RoleName" },
        Description: `Deploys Cordon: its rights in the ${kind} account`,
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [kind === "security" ? fromDeployer : fromSecurityAccount],
        },
        ManagedPolicyArns: parts.map(({ name, when }) => {
          const arn = { Ref: `${logicalName(name)}Policy` };
          return when
            ? { "Fn::If": [logicalName(name, "With"), arn, { Ref: "AWS::NoValue" }] }
            : arn;
        }),
      },
    },
    ...Object.fromEntries(
      parts.map((part) => [`${logicalName(part.name)}Policy`, managedPolicy(part)]),
    ),
  };
  const used = JSON.stringify([resources, conditional]);
  const isUsed = (name: string) =>
    used.includes(`\${${name}}`) || used.includes(`"${name}"`) || used.includes(`"${name}":`);
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `Cordon: the role that deploys it, in the ${kind} account`,
    Parameters: Object.fromEntries(Object.entries(parameters).filter(([name]) => isUsed(name))),
    ...(conditional.length > 0 && {
      Conditions: Object.fromEntries(
        conditional.map(({ name, when }) => [logicalName(name, "With"), holds(when)]),
      ),
    }),
    Resources: resources,
    Outputs: { RoleArn: { Value: { "Fn::GetAtt": ["Role", "Arn"] } } },
  };
}

/** Writes the file that people deploy. */
export function templateText(kind: Kind): string {
  const note = "# Printed by docs/print.ts from the statements in deploy/bootstrap.\n";
  return (
    note +
    stringify(template(kind), { aliasDuplicateObjects: false, lineWidth: 100, version: "1.1" })
  );
}

const fromDeployer = {
  Effect: "Allow",
  Principal: { AWS: { Ref: "DeployerArn" } },
  Action: "sts:AssumeRole",
};

// By its ARN in a condition and not as the principal: the role there may be made after this one,
// and made again.
const fromSecurityAccount = {
  Effect: "Allow",
  Principal: { AWS: substituted(`arn:aws:iam::${reference("SecurityAccount")}:root`) },
  Action: "sts:AssumeRole",
  Condition: {
    ArnEquals: {
      "aws:PrincipalArn": substituted(
        `arn:aws:iam::${reference("SecurityAccount")}:role/${reference("RoleName")}`,
      ),
    },
    StringEquals: { "aws:PrincipalOrgID": substituted(reference("OrganizationId")) },
  },
};

function managedPolicy({ name, when, grants }: Part): Resource {
  return {
    Type: "AWS::IAM::ManagedPolicy",
    ...(when && { Condition: logicalName(name, "With") }),
    Properties: {
      ManagedPolicyName: substituted(`${reference("RoleName")}-${name}`),
      PolicyDocument: { Version: "2012-10-17", Statement: grants.map(statement) },
    },
  };
}

function statement(grant: Grant) {
  const { sid, effect = "Allow", resources, conditions } = grant;
  return {
    Sid: sid,
    Effect: effect,
    Action: [...actionsOf(grant)].sort(),
    Resource: resources.map(substituted),
    ...(conditions && {
      Condition: Object.fromEntries(
        Object.entries(conditions).map(([operator, keys]) => [
          operator,
          Object.fromEntries(
            Object.entries(keys).map(([key, value]) => [
              key,
              typeof value === "string" ? substituted(value) : value.map(substituted),
            ]),
          ),
        ]),
      ),
    }),
  };
}

function holds(when: Readonly<Record<string, string>>) {
  const [equal] = Object.entries(when).map(([name, value]) => ({
    "Fn::Equals": [{ Ref: name }, value],
  }));
  return equal;
}

function substituted(text: string): string | object {
  const [, alone] = /^\$\{([\w:]+)\}$/.exec(text) ?? [];
  if (alone !== undefined) return { Ref: alone };
  return text.includes("${") ? { "Fn::Sub": text } : text;
}

function logicalName(name: string, before = ""): string {
  const words = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return before + words.join("");
}
