"""Adds operations that moto lacks, on settings that posture controls read and change.

Each does no more than AWS documents: a setting of an account and region keeps what it is given.
"""

from collections import defaultdict

import moto.cloudformation.responses
import moto.ec2.responses
import moto.ec2.responses.elastic_block_store
import moto.ecs.responses
import moto.ssm.responses
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

SHARING = ("block-all-sharing", "block-new-sharing")
# What each has while nobody has set it.
SERVICE_SETTINGS = {
    "/ssm/automation/customer-script-log-destination": "",
    "/ssm/documents/console/public-sharing-permission": "Enable",
}

sharing = defaultdict(lambda: "unblocked")
service_settings = {}


def place(response):
    return (response.current_account, response.region)


Storage = moto.ec2.responses.elastic_block_store.ElasticBlockStore
list_snapshots = Storage.describe_snapshots


def describe_snapshots(self):
    """Lists those that somebody may restore, where they are asked for; moto lists all of them."""
    answer = list_snapshots(self)
    restorers = set(self._get_param("RestorableByUserIds", []))
    if restorers:
        answer.result["Snapshots"] = [
            each
            for each in answer.result["Snapshots"]
            if restorers & (each.create_volume_permission_groups | each.create_volume_permission_userids)
        ]
    return answer


def get_snapshot_block_public_access_state(self):
    return ActionResult({"State": sharing[place(self)], "ManagedBy": "account"})


def enable_snapshot_block_public_access(self):
    state = self._get_param("State")
    if state not in SHARING:
        raise ServiceException("InvalidParameterValue", f"Value ({state}) for parameter state is invalid")
    sharing[place(self)] = state
    return ActionResult({"State": state})


def disable_snapshot_block_public_access(self):
    sharing.pop(place(self), None)
    return ActionResult({"State": "unblocked"})


def service_setting(self):
    name = self._get_param("SettingId")
    if name not in SERVICE_SETTINGS:
        raise ServiceException("ServiceSettingNotFound", f"{name} is not known here")
    given = service_settings.get((*place(self), name))
    value = SERVICE_SETTINGS[name] if given is None else given
    status = "Default" if given is None else "Customized"
    return {"SettingId": name, "SettingValue": value, "Status": status}


def get_service_setting(self):
    return ActionResult({"ServiceSetting": service_setting(self)})


def update_service_setting(self):
    name = service_setting(self)["SettingId"]
    service_settings[(*place(self), name)] = self._get_param("SettingValue")
    return ActionResult({})


def reset_service_setting(self):
    name = service_setting(self)["SettingId"]
    service_settings.pop((*place(self), name), None)
    return ActionResult({"ServiceSetting": service_setting(self)})


def update_termination_protection(self):
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def install():
    for target, operations in (
        (
            moto.ec2.responses.EC2Response,
            (
                disable_snapshot_block_public_access,
                enable_snapshot_block_public_access,
                get_snapshot_block_public_access_state,
            ),
        ),
        (
            moto.ssm.responses.SimpleSystemManagerResponse,
            (get_service_setting, reset_service_setting, update_service_setting),
        ),
        (moto.cloudformation.responses.CloudFormationResponse, (update_termination_protection,)),
    ):
        for operation in operations:
            setattr(target, operation.__name__, operation)
    Storage.describe_snapshots = describe_snapshots
    clusters = moto.ecs.responses.EC2ContainerServiceResponse
    # It takes a cluster and its settings, as the wider operation does.
    clusters.update_cluster_settings = clusters.update_cluster
