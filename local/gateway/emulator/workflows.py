"""Corrects how moto carries out the workflows of Step Functions.

The tasks of a workflow would call the emulator itself, all under one key. Here they call the gateway,
which configures by POST /moto-api/config where it is, under which key they call, by which factor the
seconds shrink that a workflow waits, and how many seconds of this machine a second of a task's timeout
takes; a task's session token names the execution, its role, and the role of the task. What a shortened wait left out is reported to the gateway before the workflow goes on.
"""

import functools
import threading
from time import monotonic, sleep
from types import SimpleNamespace
from urllib.request import ProxyHandler, Request, build_opener

import boto3
import moto.stepfunctions.responses
from botocore.config import Config
from moto.core.config import default_user_config

# boto3 does not make clients from several threads at once.
making_clients = threading.Lock()
# No task may end by the client's own will: Lambda lets a function run for 900 seconds, on a busy machine
# for longer.
longest_call = 24 * 60 * 60
# Seconds that a Wait state takes of this machine's time, at most.
longest_wait = 2


def task_client(region, service, state_credentials=None):
    tasks = default_user_config["stepfunctions"]["tasks"]
    with making_clients:
        return boto3.client(
            service_name=service,
            region_name=region,
            endpoint_url=tasks["url"],
            aws_access_key_id=tasks["key"],
            aws_secret_access_key="unused",
            aws_session_token=state_credentials.token,
            config=Config(
                parameter_validation=False,
                proxies={},
                read_timeout=longest_call,
                retries={"total_max_attempts": 1},
            ),
        )


@functools.lru_cache(maxsize=None)
def prepare_workflows():
    """Corrects the interpreter; at the first use, for it takes a second to load."""
    from moto.stepfunctions.exceptions import AWSError
    from moto.stepfunctions.parser import api
    from moto.stepfunctions.parser.asl.utils import boto_client

    # Its errors have a code, but the answer's is read from another place.
    for error in vars(api).values():
        if isinstance(error, type) and issubclass(error, AWSError) and error is not AWSError:
            error.TYPE = error.code

    # Before the tasks' modules take the function over under their own name.
    boto_client.boto_client_for = task_client

    from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
        ErrorEqualsDecl,
    )
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_lambda,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import (
        StateTask,
    )
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
        WaitFunction,
    )

    eval_credentials = StateTask._eval_state_credentials

    def name_execution(task, env):
        credentials = eval_credentials(task, env)
        execution = env.states.context_object.context_object_data["Execution"]["Id"]
        own_role = env.aws_execution_details.role_arn
        credentials.token = f"{execution} {own_role} {credentials.role_arn}"
        return credentials

    StateTask._eval_state_credentials = name_execution

    # Step Functions names an error that Lambda's API does not declare after its SDK's base class.
    lambda_task = state_task_service_lambda.StateTaskServiceLambda
    error_and_cause = lambda_task._error_cause_from_client_error

    def undeclared(client_error):
        error, cause = error_and_cause(client_error)
        if error == "Lambda.AccessDeniedException":
            error = "Lambda.AWSLambdaException"
        return error, cause

    lambda_task._error_cause_from_client_error = staticmethod(undeclared)

    # A wildcard matches neither too much data nor an error of the definition: they end the execution.
    matches_error = ErrorEqualsDecl._eval_body

    def matches(declared, env):
        error = str(env.stack[-1].error_name)
        matches_error(declared, env)
        if error in ("States.DataLimitExceeded", "States.Runtime"):
            env.stack[-1] = error in [name.error_name for name in declared.error_names]

    ErrorEqualsDecl._eval_body = matches

    def wait_to_retry(seconds):
        sleep(seconds * wait_factor())
        leave_out(seconds)

    # Of the module only sleep() is used: before a retry, for as long as the retrier says.
    retrier_decl.time = SimpleNamespace(sleep=wait_to_retry)

    def wait(state, env):
        seconds = state._get_wait_seconds(env=env)
        # Nobody waits for a day: the clock is set forward instead.
        waited = min(seconds * wait_factor(), longest_wait)
        end = monotonic() + waited
        while (rest := end - monotonic()) > 0 and env.is_running():
            env.program_state_event.wait(rest)
        if env.is_running():
            set_forward(seconds - waited)

    WaitFunction._eval_body = wait

    answer_tokens(api)

    seconds_of = TimeoutSeconds._eval_seconds
    TimeoutSeconds._eval_seconds = lambda timeout, env: seconds_of(timeout, env) * slowdown()


def answer_tokens(api):
    """Keeps each token's end: the emulator takes a second answer, and forgets tokens with their runs.

    An answer is given back once the run has it in its history, so that nobody takes it for waiting.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_callback,
    )
    from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackPoolManager
    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    # A run that is stopped would first wait for its answer.
    stop = ExecutionWorker.stop

    def stop_waiting(worker, **why):
        stop(worker, **why)
        for endpoint in list(worker.env.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()

    ExecutionWorker.stop = stop_waiting

    set_error = Environment.set_error

    def unless_ended(env, error):
        if env.is_running():
            set_error(env, error=error)

    Environment.set_error = unless_ended

    issued = {}
    add = CallbackPoolManager.add

    def keep(pool, callback_id):
        issued[callback_id] = (add(pool, callback_id), threading.Event())
        return issued[callback_id][0]

    CallbackPoolManager.add = keep

    callback = state_task_service_callback.StateTaskServiceCallback
    after_execution = callback._after_eval_execution

    def after(task, env, **parts):
        token = env.states.context_object.context_object_data.get("Task", {}).get("Token")
        try:
            return after_execution(task, env=env, **parts)
        finally:
            if token in issued:
                issued[token][1].set()

    callback._after_eval_execution = after

    def unless_closed(send):
        def answer(backend, task_token, *rest, **named):
            if task_token not in issued:
                raise api.InvalidToken()
            endpoint, recorded = issued[task_token]
            if endpoint._notify_event.is_set():
                raise api.TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
            if named.get("error") == "States.Timeout":
                # So a drill ends a wait of hours: as the emulator's own time limit does.
                endpoint.interrupt_all()
            else:
                send(backend, task_token, *rest, **named)
            recorded.wait(longest_call)

        return answer

    backend = StepFunctionsParserBackend
    backend.send_task_success = unless_closed(backend.send_task_success)
    backend.send_task_failure = unless_closed(backend.send_task_failure)


def wait_factor():
    return default_user_config["stepfunctions"]["tasks"]["wait_factor"]


def slowdown():
    return default_user_config["stepfunctions"]["tasks"]["slowdown"]


directly = build_opener(ProxyHandler({}))


def leave_out(seconds):
    set_forward(seconds * (1 - wait_factor()))


def set_forward(left_out):
    """Reports to the gateway how much of a wait was skipped; leases must end as if it had passed."""
    if left_out > 0:
        tasks = default_user_config["stepfunctions"]["tasks"]
        url = f"{tasks['url']}/cordon-local/left-out/{tasks['key']}/{left_out}"
        directly.open(Request(url, method="POST"), timeout=longest_call).close()


def install():
    """Has moto carry out workflows, and each of their tasks call the gateway."""
    get_backend = moto.stepfunctions.responses.get_backend

    def backend_with_tasks(account, region):
        prepare_workflows()
        return get_backend(account, region)

    moto.stepfunctions.responses.get_backend = backend_with_tasks
