"""The section of config.yaml about mail services that report by HTTP."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from publisher.config.section import Section

_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")


def _topic(value: str) -> str:
    if not _ARN.fullmatch(value.strip()):
        raise ValueError("is not a topic of SNS; write its ARN, such as arn:aws:sns:eu-west-1:123456789012:bounces")
    return value.strip()


def _login(value: SecretStr) -> SecretStr:
    user, colon, password = value.get_secret_value().partition(":")
    if not user or not colon or len(password) < 16:
        raise ValueError("must be user:password, with a password of 16 characters or more: nothing else protects it")
    return value


def _public_key(value: str) -> str:
    if not _BASE64.fullmatch(value.strip()):
        raise ValueError("is not a verification key as SendGrid shows it; it begins with MFkw")
    return value.strip()


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class SesHook(Section):
    """Topics of SNS that SES reports to."""

    topic: Annotated[
        tuple[Annotated[str, AfterValidator(_topic)], ...],
        BeforeValidator(_several),
        Field(min_length=1, max_length=16),
    ]


class MailgunHook(Section):
    """The HTTP webhook signing key of the account."""

    key: Annotated[SecretStr, Field(min_length=1)]


class PostmarkHook(Section):
    """User and password that stand in the address of the webhook."""

    login: Annotated[SecretStr, AfterValidator(_login)]


class SendgridHook(Section):
    """The verification key of the signed event webhook."""

    verify: Annotated[str, AfterValidator(_public_key)]


class Hooks(Section):
    """What is not named is not there."""

    ses: SesHook | None = None
    mailgun: MailgunHook | None = None
    postmark: PostmarkHook | None = None
    sendgrid: SendgridHook | None = None
