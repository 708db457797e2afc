"""Reports as servers write them, each made up for these tests. `{verp}` is where they came to, `{id}` and `{token}` are
those of the message that was sent, `{to}` is its reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from publisher.model.bounce import BounceKind

KEY = b"a-key-for-tests"
VERP = "bounces+7-12-"  # the rest is the signature
READER = "taro@reader.example"
MESSAGE_ID = "0123456789abcdef0123456789abcdef@note.example"
TOKEN = "A" * 34


@dataclass(frozen=True)
class Report:
    """A mail, and what it says of its first recipient."""

    name: str
    text: str
    kind: BounceKind
    code: str = ""
    address: str = READER
    recipients: int = 1
    charset: str = "utf-8"

    def make(self, verp: str = "bounces@note.example", **values: str) -> bytes:
        text = dedent(self.text).lstrip("\n")
        found = {"verp": verp, "to": READER, "id": MESSAGE_ID, "token": TOKEN, "returned": RETURNED} | values
        for _ in range(2):  # what is returned has places too
            for name, value in found.items():
                text = text.replace(f"{{{name}}}", value)
        return text.replace("\n", "\r\n").encode(self.charset)


RETURNED = """\
Return-Path: <{verp}>
From: =?utf-8?B?6Kmm6aiT44OO44O844OI?= <news@note.example>
To: {to}
Message-ID: <{id}>
List-Unsubscribe: <mailto:leave@note.example?subject=unsubscribe%20{token}>
Subject: =?utf-8?B?6YCx5YiK?="""

_DSN_HEAD = """\
Return-Path: <>
From: MAILER-DAEMON@relay.example (Mail Delivery System)
To: {verp}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <20261119030201.AAAA@relay.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"
"""


def dsn(*blocks: str, words: str = "This is the mail system at host relay.example.", returned: bool = True) -> str:
    """A notification of one or several recipients, with the headers of what it is about."""
    status = "\n\n".join(["Reporting-MTA: dns; relay.example", *blocks])
    parts = [f"--B1\nContent-Type: text/plain; charset=us-ascii\n\n{words}\n"]
    parts.append(f"--B1\nContent-Type: message/delivery-status\n\n{status}\n")
    if returned:
        parts.append("--B1\nContent-Type: text/rfc822-headers\n\n{returned}\n")
    return _DSN_HEAD + "\n" + "\n".join(parts) + "\n--B1--\n"


def block(status: str, action: str = "failed", said: str = "", final: str = READER, original: str = "") -> str:
    lines = [f"Original-Recipient: rfc822;{original}"] if original else []
    lines += [f"Final-Recipient: rfc822; {final}", f"Action: {action}", f"Status: {status}"]
    return "\n".join([*lines, f"Diagnostic-Code: smtp; {said}"] if said else lines)


def plain(sender: str, subject: str, words: str, extra: str = "") -> str:
    """A report without any structure."""
    head = [f"From: {sender}", "To: {verp}", f"Subject: {subject}", "Message-ID: <plain@mx.example>"]
    head += [extra] if extra else []
    kind = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
    return "\n".join([*head, kind, "", words, ""])


HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY
NOTICE, COMPLAINT, AWAY = BounceKind.NOTICE, BounceKind.COMPLAINT, BounceKind.AUTOREPLY

DAEMON = "Mail Delivery Subsystem <mailer-daemon@mx.example>"

NOTIFICATIONS = [
    Report(
        "unknown user",
        dsn(block("5.1.1", said="550 5.1.1 <taro@reader.example>: Recipient address rejected: User unknown")),
        HARD,
        "5.1.1",
    ),
    Report("no such domain", dsn(block("5.1.2", said="X-Postfix; Host not found, try again never")), HARD, "5.1.2"),
    Report("null mx", dsn(block("5.1.10", said="556 5.1.10 Recipient address has null MX")), HARD, "5.1.10"),
    Report("mailbox full", dsn(block("5.2.2", said="552 5.2.2 Over quota")), SOFT, "5.2.2"),
    Report("account disabled", dsn(block("5.2.1", said="550 5.2.1 The account does not exist now")), SOFT, "5.2.1"),
    Report("gave up after days", dsn(block("4.4.1", said="connect to mx.reader.example: timed out")), SOFT, "4.4.1"),
    Report("still trying", dsn(block("4.4.1", "delayed", "connect: timed out")), NOTICE, "4.4.1"),
    Report("handed on", dsn(block("2.0.0", "relayed")), NOTICE, "2.0.0"),
    Report("arrived", dsn(block("2.1.5", "delivered", "250 2.1.5 Ok")), NOTICE, "2.1.5"),
    Report("went to a list", dsn(block("2.0.0", "expanded")), NOTICE, "2.0.0"),
    Report(
        "refused for DMARC",
        dsn(block("5.7.26", said="550-5.7.26 Unauthenticated email from note.example is not accepted (DMARC)")),
        POLICY,
        "5.7.26",
    ),
    Report("called spam", dsn(block("5.7.1", said="554 5.7.1 Message blocked: looks like spam")), POLICY, "5.7.1"),
    Report("too large", dsn(block("5.3.4", said="552 5.3.4 Message too big for system")), POLICY, "5.3.4"),
    Report(
        "the reason is in the answer alone",
        dsn(block("5.0.0", said="550 5.1.1 No such user here")),
        HARD,
        "5.1.1",
    ),
    Report("a code that says nothing", dsn(block("5.0.0", said="550 no such mailbox")), HARD, "5.0.0"),
    Report(
        "the reader's mail goes on elsewhere",
        dsn(block("5.1.1", said="550 5.1.1 unknown", final="taro.old@far.example", original=READER)),
        HARD,
        "5.1.1",
    ),
    Report(
        "three recipients",
        dsn(
            block("5.1.1"),
            block("5.2.2", final="b@reader.example"),
            block("4.4.1", "delayed", final="c@reader.example"),
        ),
        HARD,
        "5.1.1",
        recipients=3,
    ),
    Report(
        "docomo, where a block list looks like nobody",
        dsn(block("5.1.1", said="550 5.1.1 Unknown user hanako@docomo.ne.jp", final="hanako@docomo.ne.jp")),
        SOFT,
        "5.1.1",
        "hanako@docomo.ne.jp",
    ),
    Report(
        "Exchange in Japanese",
        dsn(
            block("5.1.10", said="550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP lookup"),
            words="次の宛先へのメールを配信できませんでした。",
        ).replace("us-ascii", "utf-8"),
        HARD,
        "5.1.10",
    ),
]

PLAIN = [
    Report(
        "qmail",
        plain(
            "MAILER-DAEMON@mx.example",
            "failure notice",
            "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to "
            "the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<{to}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
            "--- Below this line is a copy of the message.\n\n{returned}\n\nbody",
        ),
        HARD,
        "5.1.1",
    ),
    Report(
        "exim",
        plain(
            "Mail Delivery System <Mailer-Daemon@mx.example>",
            "Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
            "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:"
            "\n\n  {to}\n    Unrouteable address\n",
            "X-Failed-Recipients: {to}",
        ),
        HARD,
    ),
    Report(
        "docomo in plain words",
        plain(
            "Mail Delivery Subsystem <MAILER-DAEMON@docomo.ne.jp>",
            "Returned mail: see transcript for details",
            "The original message was received at Thu, 19 Nov 2026 12:02:01 +0900\n\n"
            "   ----- The following addresses had permanent fatal errors -----\n<jiro@docomo.ne.jp>\n"
            "    (reason: 550 Unknown user jiro@docomo.ne.jp)\n",
        ),
        SOFT,
        "",
        "jiro@docomo.ne.jp",
    ),
    Report(
        "au",
        plain(
            "Postmaster@ezweb.ne.jp",
            "Mail System Error - Returned Mail",
            "The user(s) account is disabled.\n\n<saburo@ezweb.ne.jp>: 550 <saburo@ezweb.ne.jp>: User unknown\n",
        ),
        HARD,
        "",
        "saburo@ezweb.ne.jp",
    ),
    Report(
        "au, full",
        plain("Postmaster@au.com", "Mail System Error - Returned Mail", "<shiro@au.com>: 552 user mailbox full\n"),
        SOFT,
        "",
        "shiro@au.com",
    ),
    Report(
        "SoftBank",
        plain(
            "MAILER-DAEMON@softbank.ne.jp",
            "配信不能通知",
            "goro@softbank.ne.jp\n宛先のメールアドレスが見つかりません。\n",
        ),
        HARD,
        "",
        "goro@softbank.ne.jp",
    ),
    Report(
        "a portal, full, in Japanese",
        plain(
            "MAILER-DAEMON@mail.portal.example",
            "メールを送信できませんでした",
            "<{to}>: メールボックスの容量を超えているため、受信できません。\n",
        ),
        SOFT,
    ),
    Report(
        "blocked, in Japanese",
        plain(
            "postmaster@mail.portal.example",
            "配信エラー",
            "<{to}>: 迷惑メールとして拒否しました。\n",
        ),
        POLICY,
    ),
    Report(
        "Chinese",
        plain("postmaster@mx.example", "系统退信", "{to}\n550 收件人不存在。\n"),
        HARD,
    ),
    Report(
        "German",
        plain("postmaster@mx.example", "Unzustellbar: Wochenblatt", "<{to}>: Empfänger unbekannt\n"),
        HARD,
    ),
    Report(
        "French",
        plain("MAILER-DAEMON@mx.example", "Message non remis", "<{to}>: adresse introuvable\n"),
        HARD,
    ),
    Report(
        "Korean",
        plain("postmaster@mx.example", "메일 반송", "{to} 존재하지 않는 사용자입니다.\n"),
        HARD,
    ),
    Report(
        "warning of a delay",
        plain(DAEMON, "Warning: could not send message for past 4 hours", "Your message is delayed. <{to}>\n"),
        NOTICE,
        address="",
    ),
    Report(
        "ISO-2022-JP",
        plain(
            "MAILER-DAEMON@mx.example",
            "failure",
            "<{to}>: あて先のユーザーが存在しません。\n",
        )
        .replace("utf-8", "iso-2022-jp")
        .replace("8bit", "7bit"),
        HARD,
        charset="iso-2022-jp",
    ),
]

_ARF = """\
From: <feedback@provider.example>
To: {verp}
Subject: complaint about message from 192.0.2.1
Message-ID: <arf-1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B2"

--B2
Content-Type: text/plain

This is an email abuse report.

--B2
Content-Type: message/feedback-report

Feedback-Type: {type}
User-Agent: Provider-Feedback/1.0
Version: 1
{rcpt}
--B2
Content-Type: message/rfc822

{returned}

body
--B2--
"""


def _arf(kind: str, recipient: str = "Original-Rcpt-To: <{to}>\n") -> str:
    return _ARF.replace("{type}", kind).replace("{rcpt}", recipient)


COMPLAINTS = [
    Report("abuse", _arf("abuse"), COMPLAINT),
    Report("blackened", _arf("abuse", ""), COMPLAINT, address=""),
    Report("fraud", _arf("fraud"), COMPLAINT),
    Report("not spam after all", _arf("not-spam"), NOTICE),
    Report("failed DMARC", _arf("auth-failure"), NOTICE),
    Report(
        "Microsoft's old form",
        """\
From: staff@provider.example
To: {verp}
Subject: complaint about message from 192.0.2.1
Message-ID: <jmrp-1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="B3"

--B3
Content-Type: message/rfc822

X-HmXmrOriginalRecipient: {to}
{returned}

body
--B3--
""",
        COMPLAINT,
    ),
]

ANSWERS = [
    Report("RFC 3834", plain(READER, "Re: 週刊", "I am away.", "Auto-Submitted: auto-replied"), AWAY, address=""),
    Report("away in Japanese", plain(READER, "自動返信: 休暇中です", "不在にしております。"), AWAY, address=""),
    Report("out of office", plain(READER, "Automatic reply: weekly", "I am away until Monday."), AWAY, address=""),
    Report("an old vacation program", plain(READER, "gone", "away", "Precedence: auto_reply"), AWAY, address=""),
    Report(
        "wants to leave",
        plain(READER, "unsubscribe {token}", ""),
        BounceKind.UNSUBSCRIBE,
        address="",
    ),
    Report(
        "wants to leave, in answer",
        plain(READER, "Re: unsubscribe {token}", "please"),
        BounceKind.UNSUBSCRIBE,
        address="",
    ),
    Report("a person writes", plain(READER, "質問があります", "次号はいつですか。"), BounceKind.UNKNOWN, address=""),
    Report("spam", plain("x@spam.example", "Buy", "now\n" * 50), BounceKind.UNKNOWN, address=""),
]

ALL = [*NOTIFICATIONS, *PLAIN, *COMPLAINTS, *ANSWERS]
