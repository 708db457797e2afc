"""Commands: one module each, thin."""

import os

from publisher.pool import pause_collector

pause_collector()  # here, because what a command loads is the first that is made by the ten thousand
# pydantic would look into every installed package for plugins, and none has a say in how our settings are read.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
