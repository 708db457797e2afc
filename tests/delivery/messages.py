"""Messages for tests of this room: Japanese, with every kind of line that a transport could break."""

from __future__ import annotations

from publisher.model.message import Message

BODY = (
    "週刊ミライ技術ノート 🚀 をお届けします。\r\n"
    ".ドットで始まる行\r\n"
    ".\r\n"
    "..\r\n"
    "\r\n"
    "次の段落です。\r\n"
)  # fmt: skip


def make_message(
    key: str = "7-42", *, to: str = "hanako@example.com", body: str = BODY, message_id: str = "<7.42@example.com>"
) -> Message:
    """Well-formed but for its body, which is plain UTF-8: a transport must not care."""
    head = (
        "From: =?utf-8?b?44Of44Op44Kk?= <news@example.com>\r\n"
        f"To: {to}\r\n"
        f"Message-ID: {message_id}\r\n"
        "Date: Mon, 12 Jan 2026 08:00:00 +0900\r\n"
        "Subject: =?utf-8?b?6YCx5YiK44Of44Op44Kk8J+agA==?=\r\n"
        "\r\n"
    )
    return Message(key, "bounces+7-42@example.com", to, (head + body).encode())


class Starts:
    """A start hook that counts; `raises` makes it refuse."""

    def __init__(self, raises: BaseException | None = None) -> None:
        self.count = 0
        self._raises = raises

    def __call__(self) -> None:
        self.count += 1
        if self._raises is not None:
            raise self._raises
