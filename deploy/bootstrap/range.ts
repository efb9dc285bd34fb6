/**
 * What the deployment does for the range, in an account of its own: a network with one instance.
 * Its resources have no names that IAM could go by, so the account is what limits the deployment.
 */

import { own, ownAccount, type Part, roles } from "./grants";

const role = roles("/cordon-range");

export const range: Part = {
  name: "range",
  purpose: "Network, role and instance of the range",
  when: { Range: "true" },
  grants: [
    {
      sid: "RangeNetwork",
      reads: [
        "ec2:AssociateRouteTable",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup",
        "ec2:CreateSubnet",
        "ec2:CreateTags",
        "ec2:CreateVpc",
        "ec2:CreateVpcEndpoint",
        "ec2:DeleteRouteTable",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteSubnet",
        "ec2:DeleteTags",
        "ec2:DeleteVpc",
        "ec2:DeleteVpcEndpoints",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeVpcAttribute",
        "ec2:DisassociateRouteTable",
        "ec2:ModifyInstanceAttribute",
        "ec2:ModifySecurityGroupRules",
        "ec2:ModifySubnetAttribute",
        "ec2:ModifyVpcAttribute",
        "ec2:ModifyVpcEndpoint",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:RunInstances",
        "ec2:TerminateInstances",
      ],
      resources: [own("ec2", "*"), "arn:aws:ec2:*::image/*"],
    },
    {
      sid: "ReadRange",
      reads: [
        "ec2:DescribeAccountAttributes",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeIamInstanceProfileAssociations",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceCreditSpecifications",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DescribeVolumes",
      ],
      resources: ["*"],
    },
    {
      sid: "RangeRole",
      reads: [
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:GetRole",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
      ],
      resources: [role],
    },
    {
      sid: "AttachToRangeRole",
      reads: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      resources: [role],
      conditions: {
        ArnEquals: { "iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" },
      },
    },
    {
      sid: "PassRangeRole",
      reads: ["iam:PassRole"],
      resources: [role],
      conditions: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
    {
      sid: "RangeProfile",
      reads: [
        "iam:AddRoleToInstanceProfile",
        "iam:CreateInstanceProfile",
        "iam:DeleteInstanceProfile",
        "iam:GetInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile",
      ],
      resources: [`arn:aws:iam::${ownAccount}:instance-profile/cordon-range`],
    },
    {
      sid: "ReadImage",
      reads: ["ssm:GetParameter"],
      resources: ["arn:aws:ssm:*::parameter/aws/service/ami-amazon-linux-latest/*"],
    },
  ],
};
