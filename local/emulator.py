"""Serves moto from a production server, with what it works out anew at every call remembered.

Nothing that moto answers changes. Its own development server ends every connection after one
answer; and moto lists its package's folder and inspects the class of the service at each call,
which is half of its time. A response asks for twenty things at once: this is what it waits for.

Usage: emulator.py PORT
"""

import functools
import sys

import moto.backends
import moto.core.responses
from moto.server import DomainDispatcherApplication, create_backend_app
from waitress import serve

modules = tuple(moto.backends.list_of_moto_modules())
moto.backends.list_of_moto_modules = lambda: modules
moto.core.responses.method_names_from_class = functools.lru_cache(maxsize=None)(
    moto.core.responses.method_names_from_class
)

if __name__ == "__main__":
    application = DomainDispatcherApplication(create_backend_app)
    serve(application, host="127.0.0.1", port=int(sys.argv[1]), threads=16)
