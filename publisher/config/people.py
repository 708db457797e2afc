"""The section `subscribers:`: who may sign up, how often, and what the consent log keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from publisher.config.section import Section
from publisher.config.values import LimitedDuration

_Number = Annotated[int, Field(ge=1, le=1_000_000)]


class SignUpLimits(Section):
    """How many confirmations are mailed: to one address (with a pause between two), for one network, from one form."""

    pause: LimitedDuration = timedelta(minutes=10)
    address_per_day: _Number = 3
    network_per_hour: _Number = 30
    form_per_hour: _Number = 1000


class Subscribers(Section):
    """`network` says how the consent log keeps the network address of whoever signs up."""

    disposable: Literal["allow", "refuse"] = "refuse"
    network: Literal["hash", "none", "plain"] = "hash"
    limits: SignUpLimits = SignUpLimits()
