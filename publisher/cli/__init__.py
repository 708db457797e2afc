"""Commands: one module each, thin."""

import os
import sys
from types import ModuleType

from publisher.pool import pause_collector

pause_collector()  # here, because what a command loads is the first that is made by the ten thousand
# pydantic would look into every installed package for plugins, and none has a say in how our settings are read.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# That ends the looking, but not the loading of what looks, which brings importlib.metadata and half of `email` along: a
# twentieth of a small build. Should pydantic call this module otherwise one day, it is as it was without this.
_no_plugins = ModuleType("pydantic.plugin._loader")
vars(_no_plugins)["get_plugins"] = tuple
sys.modules.setdefault(_no_plugins.__name__, _no_plugins)
