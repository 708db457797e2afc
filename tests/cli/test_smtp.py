"""The command against a real SMTP server: refusals, a killed sender, and exit codes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from tests.delivery.scriptedserver import Peer, ScriptedServer
from tests.delivery.smtpserver import SmtpServer
from tests.site import CONFIG, Site

READERS = [f"reader{number}@reader.example" for number in range(6)]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as started:
        yield started


def point_at(site: Site, port: int) -> None:
    site.configure(CONFIG.replace('"maildir:outbox"', f'"smtp://127.0.0.1:{port}?tls=none"'))


def prepare(site: Site, port: int) -> None:
    point_at(site, port)
    site.write("a.md", "届く記事 📮", date="2026-11-10")
    rows = "".join(f"{address},読者{number}\n" for number, address in enumerate(READERS))
    (site.folder / "people.csv").write_text("email,name\n" + rows, encoding="utf-8")
    site.run("subscribers", "import", "people.csv")


def send(site: Site, *, code: int = 0) -> subprocess.CompletedProcess[str]:
    return site.run("digest", "weekly", "--since", "2026-11-01", "--send", code=code)


def test_each_reader_gets_one_message_on_one_connection(site: Site, server: SmtpServer) -> None:
    prepare(site, server.port)
    assert "6 accepted" in send(site).stdout
    assert [message.rcpt_tos for message in server.messages] == [[address] for address in READERS]
    assert {message.mail_from for message in server.messages} == {"news@note.example"}
    assert server.connections == 1
    parsed = message_from_bytes(server.messages[0].content, policy=policy.default)
    assert parsed.defects == []
    assert parsed["To"] == "読者0 <reader0@reader.example>"
    assert parsed["List-Unsubscribe"].startswith("<mailto:news@note.example?subject=unsubscribe%20")
    send(site)
    assert len(server.messages) == 6


def test_a_refusal_for_good_is_exit_code_1_and_a_later_is_not(site: Site, server: SmtpServer) -> None:
    prepare(site, server.port)
    server.answer("RCPT", "450 4.2.0 greylisted", to=READERS[1])
    result = send(site)
    assert "5 accepted, 1 deferred" in result.stdout
    site.write("b.md", "次の記事", date="2026-11-11")
    server.answer("RCPT", "550 5.1.1 no such user", to=READERS[2])
    assert "1 failed" in send(site, code=1).stdout
    shown = site.run("issues", "show", "2").stdout
    assert re.search(r"reader2@reader.example +failed +1 +address +5.1.1 no such user", shown)
    troubled = site.run_json("issues", "show", "1")["troubled"]
    assert [(item["email"], item["state"], item["code"]) for item in troubled] == [(READERS[1], "deferred", 450)]


def test_a_relay_that_is_away_loses_nothing(site: Site, server: SmtpServer) -> None:
    prepare(site, 1)
    away = send(site)
    assert "Sending stopped" in away.stderr
    assert "stays queued" in away.stderr
    point_at(site, server.port)
    assert "6 accepted" in site.run("run", "--once").stdout
    assert len(server.messages) == 6


def test_of_several_relays_the_one_that_is_away_is_named(site: Site, server: SmtpServer) -> None:
    prepare(site, server.port)
    both = f'["smtp://127.0.0.1:1?tls=none", "smtp://127.0.0.1:{server.port}?tls=none"]'
    site.configure(CONFIG.replace('"maildir:outbox"', both))
    sent = send(site)
    assert "6 accepted" in sent.stdout
    assert "A relay is left out, and the others have its share: cannot talk to 127.0.0.1:1" in sent.stderr
    assert "Sending stopped" not in sent.stderr


def test_a_sender_killed_while_it_waits_for_an_answer_leaves_one_uncertain_message(
    site: Site, server: SmtpServer
) -> None:
    arrived, done = threading.Event(), threading.Event()
    taken: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        taken.append(peer.take_message())
        taken.append(peer.take_message())
        peer.take_envelope()
        taken.append(peer.read_content())
        arrived.set()
        done.wait(30)  # the answer never comes

    with ScriptedServer(script) as dying:
        prepare(site, dying.port)
        process = subprocess.Popen(
            [sys.executable, "-m", "publisher", "digest", "weekly", "--since", "2026-11-01", "--send"],
            cwd=site.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert arrived.wait(30)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        done.set()

    point_at(site, server.port)
    result = site.run("run", "--once")
    assert "1 message may or may not have been accepted" in result.stderr
    issue = site.run_json("issues", "list")[0]
    assert (issue["accepted"], issue["uncertain"], issue["queued"], issue["state"]) == (5, 1, 0, "done")
    seen = Counter(
        [recipient for message in server.messages for recipient in message.rcpt_tos]
        + [re.findall(rb"<(reader\d@reader\.example)>", content)[0].decode() for content in taken]
    )
    assert seen == dict.fromkeys(READERS, 1), "nobody lost, nobody twice"
