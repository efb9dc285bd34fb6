"""Starts the moto server, faster: what it works out anew for every request is remembered.

Nothing that moto answers changes. It lists its own package's folder and inspects the class of the
service at each call, which is half of its time. A response asks for twenty things at once, so this
is what a drill waits for.
"""

import functools
import sys

import moto.backends
import moto.core.responses
from moto.server import main

modules = tuple(moto.backends.list_of_moto_modules())
moto.backends.list_of_moto_modules = lambda: modules
moto.core.responses.method_names_from_class = functools.lru_cache(maxsize=None)(
    moto.core.responses.method_names_from_class
)

if __name__ == "__main__":
    main(sys.argv[1:])
