"""Serves moto from a production server, with what it works out anew at every call remembered.

Nothing that moto answers changes, but for the ids of users, renamed users and for workflows, for
access keys that a seed has made older, for instances of one image, whose root device is an instance
store, for the lock tokens of IP sets, for instances whose Auto Scaling group waits for a hook, for
interfaces that ECS makes or whose type is asked for, and for settings. Its own development server ends
every connection after one answer; and moto
lists its package's folder and inspects the class of the service at each call, which is half of its
time. Of the rest, a third goes into working out by which names an object may hold each member of an
answer: they depend on its class and on the member; each look at the tags of one EC2 resource searches
those of all; and the journal's items are copied once for each level that they are deep. A response
asks for twenty things at once: this is what it waits for.

Usage: server.py. Takes a free port, and writes it and the folder of botocore's service models to
standard output once it listens there.
"""

import datetime
import functools
import json
import os
import threading

import botocore
import replicas
import settings
import sharing
import workflows
import moto.autoscaling.models
import moto.backends
import moto.core.responses
import moto.core.serialize
import moto.dynamodb.models.dynamo_type
import moto.ec2.models.core
import moto.ec2.models.elastic_network_interfaces
import moto.ec2.models.instances
import moto.ec2.models.tags
import moto.ec2.responses.elastic_network_interfaces
import moto.iam.models
import moto.iam.responses
import moto.wafv2.models
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.server import DomainDispatcherApplication, create_backend_app
from waitress import create_server

modules = tuple(moto.backends.list_of_moto_modules())
moto.backends.list_of_moto_modules = lambda: modules
moto.core.responses.method_names_from_class = functools.lru_cache(maxsize=None)(
    moto.core.responses.method_names_from_class
)

# By AIDA a user's id is distinguished from a role's (AROA) in CloudTrail's and GuardDuty's principal ids.
make_user = moto.iam.models.User.__init__


def make_user_as_aws_does(self, *args, **kwargs):
    make_user(self, *args, **kwargs)
    self.id = "AIDA" + self.id[3:].upper()


moto.iam.models.User.__init__ = make_user_as_aws_does

# A renamed user keeps tags and keys; moto looks for the former under the new ARN, and names the owner of
# the latter as before.
update_user = moto.iam.models.IAMBackend.update_user


def update_user_as_aws_does(self, user_name, new_path=None, new_user_name=None):
    user = self.users.get(user_name)
    tags = self.tagger.get_tag_dict_for_resource(user.arn) if user else {}
    before = user.arn if user else None
    update_user(self, user_name, new_path, new_user_name)
    for key in user.access_keys:
        key.user_name = user.name
    self.tagger.delete_all_tags_for_resource(before)
    self.tagger.tag_resource(user.arn, [{"Key": key, "Value": tags[key]} for key in tags])


moto.iam.models.IAMBackend.update_user = update_user_as_aws_does


def list_service_specific_credentials(self):
    """Lists none, of a user that exists: moto makes no such credentials."""
    self.backend.get_user(self._get_param("UserName"))
    return ActionResult({"ServiceSpecificCredentials": []})


moto.iam.responses.IamResponse.list_service_specific_credentials = list_service_specific_credentials

# EC2 refuses some attributes where the root device is an instance store; moto knows EBS roots alone.
INSTANCE_STORE_IMAGE = "ami-04681a1dbd79675b6"
make_instance = moto.ec2.models.instances.Instance.__init__


def make_instance_of_its_image(self, *args, **kwargs):
    make_instance(self, *args, **kwargs)
    if self.image_id == INSTANCE_STORE_IMAGE:
        self.root_device_type = "instance-store"


moto.ec2.models.instances.Instance.__init__ = make_instance_of_its_image

# ECS names its attachment in the description of an interface that it makes and alone may change.
make_interface = moto.ec2.models.elastic_network_interfaces.NetworkInterface.__init__


def make_interface_of_its_requester(self, *args, **kwargs):
    make_interface(self, *args, **kwargs)
    self.requester_managed = self.description.startswith("arn:aws:ecs:")


moto.ec2.models.elastic_network_interfaces.NetworkInterface.__init__ = make_interface_of_its_requester

# A lock token of AWS WAF is a whole UUID, as its service model has it; moto gives six characters.
IpSet = moto.wafv2.models.FakeIPSet
make_set, change_set = IpSet.__init__, IpSet.update


def make_set_with_token(self, *args, **kwargs):
    make_set(self, *args, **kwargs)
    self.lock_token = str(mock_random.uuid4())


def change_set_with_token(self, *args, **kwargs):
    change_set(self, *args, **kwargs)
    self.lock_token = str(mock_random.uuid4())


IpSet.__init__, IpSet.update = make_set_with_token, change_set_with_token

# Of nodes whose pods have groups of their own; moto makes every interface an ordinary one.
Interfaces = moto.ec2.responses.elastic_network_interfaces.ElasticNetworkInterfaces
create_interface = Interfaces.create_network_interface
interface_filter = moto.ec2.models.elastic_network_interfaces.NetworkInterface.get_filter_value


def create_interface_of_its_type(self):
    answer = create_interface(self)
    interface = answer.result["NetworkInterface"]
    interface.interface_type = self._get_param("InterfaceType") or "interface"
    if interface.interface_type == "branch":
        # Its trunk uses it; no instance does.
        interface.status = "in-use"
    return answer


def interface_filter_with_type(self, filter_name, method_name=None):
    if filter_name == "interface-type":
        return self.interface_type
    return interface_filter(self, filter_name, method_name)


Interfaces.create_network_interface = create_interface_of_its_type
moto.ec2.models.elastic_network_interfaces.NetworkInterface.get_filter_value = interface_filter_with_type

# An instance waits for the hook of its group before it is terminated; moto keeps hooks, and heeds none.
ScalingBackend = moto.autoscaling.models.AutoScalingBackend
terminate_instance = ScalingBackend.terminate_instance


def terminate_as_hooks_say(self, instance_id, should_decrement):
    for group in self.autoscaling_groups.values():
        for state in group.instance_states:
            if state.instance.id == instance_id and any(
                hook.lifecycle_transition == "autoscaling:EC2_INSTANCE_TERMINATING"
                for hook in self.describe_lifecycle_hooks(group.name)
            ):
                before = group.desired_capacity
                state.lifecycle_state = "Terminating:Wait"
                group.set_desired_capacity(before - 1 if should_decrement else before)
                return moto.autoscaling.models.TerminateInstanceActivity(state.instance, before)
    return terminate_instance(self, instance_id, should_decrement)


ScalingBackend.terminate_instance = terminate_as_hooks_say

Picker = moto.core.serialize.XFormedAttributePicker
work_out_keys = Picker.get_possible_keys
known_keys = {}


def possible_keys(picker, context):
    shape = context.shape
    question = (type(context.obj), context.key, shape, getattr(shape, "parent", None))
    keys = known_keys.get(question)
    if keys is None:
        # A name that is tried twice is not found the second time either.
        keys = known_keys[question] = tuple(dict.fromkeys(work_out_keys(picker, context)))
    return keys


Picker.get_possible_keys = possible_keys

serialize_structure = moto.core.serialize.JSONSerializer._serialize_type_structure


def serialize_value(serializer, serialized, value, shape, key):
    """Writes a value of DynamoDB, which has one of ten members, without looking for the other nine."""
    if shape.name == "AttributeValue" and type(value) is dict and key:
        wrapper = {}
        for name, content in value.items():
            serializer._serialize(wrapper, content, shape.members[name], name)
        serializer._default_serialize(serialized, wrapper, shape, key)
    else:
        serialize_structure(serializer, serialized, value, shape, key)


moto.core.serialize.JSONSerializer._serialize_type_structure = serialize_value


DynamoType = moto.dynamodb.models.dynamo_type.DynamoType
to_json = DynamoType.to_regular_json


def to_json_once(value):
    """Writes a map or list level by level; moto copies all that is below at each level of it."""
    if value.is_map():
        return {"M": {name: to_json_once(each) for name, each in value.value.items()}}
    if value.is_list():
        return {"L": [to_json_once(each) for each in value.value]}
    return to_json(value)


DynamoType.to_regular_json = to_json_once


def tags_of(resource):
    own = moto.ec2.models.tags.TagBackend()
    own.tags[resource.id] = resource.ec2_backend.tags.get(resource.id, {}).copy()
    return own.describe_tags() if resource.id else []


moto.ec2.models.core.TaggedEC2Resource.get_tags = tags_of

settings.install()
sharing.install()
workflows.install()



def backdate_access_key(environ, start_response):
    """Moves the creation of an access key into the past. No AWS has this: it is for seeds alone, since
    no test can wait until a key is old. Takes {"account", "userName", "accessKeyId", "days"}."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    given = json.loads(environ["wsgi.input"].read(length))
    users = moto.iam.models.iam_backends[given["account"]]["aws"].users
    keys = users[given["userName"]].access_keys
    (key,) = [each for each in keys if each.access_key_id == given["accessKeyId"]]
    key.create_date -= datetime.timedelta(days=given["days"])
    start_response("204 No Content", [("Content-Length", "0")])
    return []


deciding = threading.Lock()


def one_at_a_time(application):
    """Decides calls one after the other: moto checks and writes without a lock, so that two threads
    may both meet a condition which only the first one meets on AWS. Nothing is lost, since Python
    runs one thread at a time anyway. Calls about workflows may wait for calls of their tasks."""

    def serve_one(environ, start_response):
        if "/states/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
            return application(environ, start_response)
        with deciding:
            if environ.get("PATH_INFO") == "/cordon/backdate-access-key":
                return backdate_access_key(environ, start_response)
            if environ.get("PATH_INFO") == "/cordon/share-subnet":
                return sharing.share_subnet(environ, start_response)
            if environ.get("PATH_INFO") == "/cordon/replica":
                return replicas.fork_replica(environ, start_response, application)
            return application(environ, start_response)

    return serve_one


if __name__ == "__main__":
    application = one_at_a_time(DomainDispatcherApplication(create_backend_app))
    server = create_server(
        application,
        host="127.0.0.1",
        port=0,
        threads=16,
        # Clients keep their connections: none may meet one that is being closed, or wait for a place.
        channel_timeout=24 * 60 * 60,
        connection_limit=1000,
        asyncore_use_poll=True,
    )
    os.environ["MOTO_PORT"] = str(server.effective_port)
    models = os.path.join(os.path.dirname(botocore.__file__), "data")
    print(server.effective_port, models, flush=True)
    server.run()
