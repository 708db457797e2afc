"""Commands: one module each, thin."""

from publisher.pool import calm_collector

calm_collector()  # here, because what a command loads is the first that is made by the ten thousand
