"""Keeps the emulator's state of a moment: a copy of this process that answers on a port of its own.

AWS answers reads from replicas that a write has not reached yet. Forking costs some ten milliseconds
and copies nothing until it is written to, so that what a replica answers is what moto would have
answered at that moment, for every service.
"""

import gc
import json
import os
import select
import socket
import sys
import time
from io import BytesIO
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler


def fork_replica(environ, start_response, application):
    """Starts a replica that ends by itself. Takes {"seconds"}; answers {"port"}.

    The caller decides no other call meanwhile, so that no state is half written."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    seconds = json.loads(environ["wsgi.input"].read(length))["seconds"]
    reap()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    port = listener.getsockname()[1]
    # What is collected in the replica would be copied for nothing.
    gc.freeze()
    if os.fork() == 0:
        try:
            gc.disable()
            serve(listener, application, time.monotonic() + seconds)
        finally:
            os._exit(0)
    gc.unfreeze()
    listener.close()
    body = json.dumps({"port": port}).encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


def serve(listener, application, until):
    # The connections of the process that was copied: it alone may close or read them.
    for name in os.listdir("/dev/fd"):
        if int(name) > 2 and int(name) != listener.fileno():
            try:
                os.close(int(name))
            except OSError:
                pass
    parent = os.getppid()
    while (left := until - time.monotonic()) > 0 and os.getppid() == parent:
        ready, _, _ = select.select([listener], [], [], min(left, 1))
        if ready:
            connection, address = listener.accept()
            Handler(connection, address, application)
            connection.close()


class Handler(WSGIRequestHandler):
    """Answers one request of one connection."""

    def __init__(self, connection, address, application):
        self.application = application
        super().__init__(connection, address, FakeServer(connection))

    def handle(self):
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        environ = self.get_environ()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        answer = ServerHandler(
            BytesIO(self.rfile.read(length)), self.wfile, sys.stderr, environ, multithread=False
        )
        answer.request_handler = self
        answer.run(self.application)

    def log_message(self, *_):
        pass


class FakeServer:
    """What the handler asks of a server: where it listens."""

    def __init__(self, connection):
        host, port = connection.getsockname()
        self.server_name, self.server_port = host, port
        self.base_environ = {
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REMOTE_HOST": "",
            "CONTENT_LENGTH": "",
            "SCRIPT_NAME": "",
        }


def reap():
    """Takes note of replicas that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass
