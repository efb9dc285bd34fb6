"""Shares subnets with other accounts, as AWS Resource Access Manager does. In moto every account has a
network of its own.

A participant sees the subnet and its VPC as the owner's, and makes interfaces and security groups of
its own there. All accounts of the VPC see each other's groups, which the gateway lets none of them
use. Tags are shown to the owner alone. Endpoints, route tables and interfaces stay their account's.
"""

import copy
import json

from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupBackend

# By VPC, the accounts that have it; its owner first.
backends_of = {}


class WithoutTags:
    """An account's backend that shows no tags."""

    def __init__(self, backend):
        self.backend = backend
        self.tags = {}

    def __getattr__(self, name):
        return getattr(self.backend, name)


def shared(resource):
    shown = copy.copy(resource)
    shown.ec2_backend = WithoutTags(resource.ec2_backend)
    return shown


def share_subnet(environ, start_response):
    """Takes {"owner", "participant", "region", "subnet"}."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    given = json.loads(environ["wsgi.input"].read(length))
    owner, participant = (
        ec2_backends[given[account]][given["region"]] for account in ("owner", "participant")
    )
    subnet = owner.get_subnet(given["subnet"])
    vpc = owner.get_vpc(subnet.vpc_id)
    participant.vpcs[vpc.id] = shared(vpc)
    participant.subnets[subnet.availability_zone][subnet.id] = shared(subnet)
    having = backends_of.setdefault(vpc.id, [owner])
    if participant not in having:
        having.append(participant)
    start_response("204 No Content", [("Content-Length", "0")])
    return []


describe_own = SecurityGroupBackend.describe_security_groups


def describe_with_others(self, *args, **kwargs):
    view = SecurityGroupBackend()
    # Others' groups first: AWS promises no order.
    for vpc, having in backends_of.items():
        if self in having:
            for other in having:
                for group in other.groups[vpc].values() if other is not self else ():
                    view.groups[vpc][group.id] = group if self is having[0] else shared(group)
    for vpc, groups in self.groups.items():
        view.groups[vpc].update(groups)
    return describe_own(view, *args, **kwargs)


def install():
    SecurityGroupBackend.describe_security_groups = describe_with_others
