"""An SMTP connection, opened: greeting, EHLO, TLS with a verified certificate, login.

smtplib does these; here every way it can fail becomes a sentence for the person who runs this.
"""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl

from publisher.delivery.transports.settings import SmtpSettings
from publisher.delivery.transports.wire import clean_reply
from publisher.errors import DeliveryError, LoginRefused, TransportRefused, TransportUnavailable

_CONNECT_SECONDS = 30.0
# The other side went away in the middle of the handshake: that passes, unlike the rest of ssl.SSLError.
_PASSING_TLS_TROUBLE = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
_OUT_OF_DATE = (9, 10)  # OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED


class _Connection(smtplib.SMTP):
    """A machine that is not there need not be waited for as long as one that thinks about its greeting."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _with_patience(super()._get_socket(host, port, min(timeout, _CONNECT_SECONDS)), timeout)  # type: ignore[misc]


class _TlsConnection(smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _with_patience(super()._get_socket(host, port, min(timeout, _CONNECT_SECONDS)), timeout)  # type: ignore[misc]


def _with_patience(opened: socket.socket, timeout: float) -> socket.socket:
    opened.settimeout(timeout)
    return opened


def open_session(settings: SmtpSettings, context: ssl.SSLContext | None) -> smtplib.SMTP:
    """A connection that is ready for MAIL; `context` unless tls is none.

    Raises TransportUnavailable, TransportRefused.
    """
    try:
        connection = _connect(settings, context)
    except OSError as error:
        raise _explain(error, settings) from error
    try:
        _introduce(connection, settings, context)
    except OSError as error:
        connection.close()
        raise _explain(error, settings) from error
    except BaseException:
        connection.close()
        raise
    return connection


def make_tls_context(settings: SmtpSettings) -> ssl.SSLContext | None:
    """Certificate and host name are verified; only `tls: none` goes without.

    Raises TransportRefused.
    """
    if settings.tls == "none":
        return None
    try:
        return ssl.create_default_context(cafile=None if settings.ca_file is None else str(settings.ca_file))
    except OSError as error:
        raise TransportRefused(f"cannot read the CA file {settings.ca_file}: {error.strerror or error}") from error


def _connect(settings: SmtpSettings, context: ssl.SSLContext | None) -> smtplib.SMTP:
    host, port, name, timeout = settings.host, settings.port, settings.local_hostname, settings.timeout
    if settings.tls == "implicit":
        return _TlsConnection(host, port, name, timeout=timeout, context=context)
    return _Connection(host, port, name, timeout=timeout)


def _introduce(connection: smtplib.SMTP, settings: SmtpSettings, context: ssl.SSLContext | None) -> None:
    connection.ehlo_or_helo_if_needed()
    if settings.tls == "starttls":
        _start_tls(connection, settings, context)
    if settings.username:
        _log_in(connection, settings)
    if connection.sock is not None:
        # The rest of a large content is a small packet of its own: Nagle's algorithm would hold it back for 40 ms.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _start_tls(connection: smtplib.SMTP, settings: SmtpSettings, context: ssl.SSLContext | None) -> None:
    if not connection.has_extn("starttls"):
        raise TransportRefused(
            f"{settings.address} offers no STARTTLS, and mail is not sent unencrypted; use the server's port for "
            "submission (587), smtps:// where it speaks TLS at once (465), or ?tls=none for a relay on this machine"
        )
    connection.starttls(context=context)
    # What was said before TLS counts for nothing (RFC 3207 4.2).
    code, reply = connection.ehlo()
    if not 200 <= code < 300:
        raise smtplib.SMTPHeloError(code, reply)


def _log_in(connection: smtplib.SMTP, settings: SmtpSettings) -> None:
    if not connection.has_extn("auth"):
        raise TransportRefused(
            f"{settings.address} offers no login; leave user and password out of delivery.transport, or use the "
            "server's port for submission"
        )
    try:
        connection.login(settings.username, settings.password)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPAuthenticationError as error:
        raise _explain_login(error, settings) from None  # the reply it holds may repeat what we said
    except (smtplib.SMTPException, ValueError):  # ValueError: a challenge that is not base64
        raise TransportRefused(
            f"{settings.address} wants a kind of login that is not known here; PLAIN, LOGIN and CRAM-MD5 are"
        ) from None


def _explain_login(error: smtplib.SMTPAuthenticationError, settings: SmtpSettings) -> DeliveryError:
    reply = f"{error.smtp_code} {clean_reply(_as_bytes(error.smtp_error))}"
    if not 500 <= error.smtp_code < 600:
        words = f"{settings.address} cannot check the login just now: {reply}"
        return TransportUnavailable(_without_secrets(words, settings))
    words = f"{settings.address} refuses the login of {settings.username!r}: {reply}"
    advice = "check user name and password in delivery.transport (special characters in them are percent-encoded)"
    return LoginRefused(f"{_without_secrets(words, settings)}; {advice}")


def _explain(error: OSError, settings: SmtpSettings) -> DeliveryError:
    where = settings.address
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = (
            "its owner has to renew it, unless it is the clock of this machine that is wrong"
            if error.verify_code in _OUT_OF_DATE
            else "use the host name that the certificate was made for, and for a CA of your own name its file in "
            "SSL_CERT_FILE"
        )
        return TransportRefused(f"the certificate of {where} cannot be trusted ({error.verify_message}); {advice}")
    if isinstance(error, ssl.SSLError) and not isinstance(error, _PASSING_TLS_TROUBLE):
        return TransportRefused(
            f"no TLS with {where} ({error.reason or error}); smtps:// is for ports that speak TLS at once (465), "
            "smtp:// for those that change over with STARTTLS (587)"
        )
    if isinstance(error, smtplib.SMTPResponseException):
        words = f"{where} does not want us: {error.smtp_code} {clean_reply(_as_bytes(error.smtp_error))}"
        return TransportRefused(words) if 500 <= error.smtp_code < 600 else TransportUnavailable(words)
    hint = "; port 465 usually wants smtps://" if settings.port == 465 and settings.tls != "implicit" else ""
    return TransportUnavailable(f"cannot talk to {where}: {error.strerror or error}{hint}")


def _without_secrets(text: str, settings: SmtpSettings) -> str:
    """Some servers repeat the command they did not like, and some tokens are user name and password in one."""
    plain = f"\0{settings.username}\0{settings.password}"
    for secret in (_base64(plain), _base64(settings.password), settings.password):
        text = text.replace(secret, "…") if secret else text
    return text


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _as_bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode()
