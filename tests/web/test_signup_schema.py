"""What `/api/openapi.json` promises, held against the interface by schemathesis, with what fits and what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, CheckFunction, GenerationMode, checks

from publisher.web import readerpages
from publisher.web.signupform import TRAP
from tests.site import Site
from tests.web.readers import serve_readers
from tests.web.served import WEB, Served

# An answer of 429 to everything would fit, too: no limit of sign-ups is met here, and each request has its own network.
CONFIG = WEB + "subscribers: {limits: {network_per_hour: 1000000, form_per_hour: 1000000}}\n"
CHECKS: list[CheckFunction] = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture
def served(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(readerpages, "EVEN_SECONDS", 0.0)  # how long an answer takes is tested elsewhere
    with serve_readers(site, CONFIG) as found:
        yield found


def find_operation(served: Served) -> APIOperation[Any, Any, Any, Any]:
    schema = schemathesis.openapi.from_url(served.address + "api/openapi.json")
    return schema["/api/subscribe"]["POST"]


def try_out(served: Served, mode: GenerationMode, wanted: list[CheckFunction]) -> Counter[int]:
    """How often each status was answered; raises what schemathesis finds wrong."""
    operation, statuses, numbers = find_operation(served), Counter[int](), count(1)

    @EXAMPLES
    @given(st.data())
    def send(data: st.DataObject) -> None:
        case: Case[Any] = data.draw(operation.as_strategy(generation_mode=mode))
        assume(not is_trapped(case.body))  # all of that is answered as if it were taken
        number = next(numbers)
        response = case.call(
            base_url=served.address.rstrip("/"), headers={"X-Forwarded-For": f"10.{number // 250}.{number % 250}.1"}
        )
        statuses[response.status_code] += 1
        case.validate_response(response, checks=wanted)

    send()
    return statuses


def is_trapped(body: object) -> bool:
    return isinstance(body, dict) and bool(body.get(TRAP))


def test_what_fits_the_description(served: Served) -> None:
    """Not everything that fits is taken: no schema knows which addresses are those of a throw-away mailbox."""
    statuses = try_out(served, GenerationMode.POSITIVE, CHECKS)
    assert statuses[202] >= 3, statuses
    assert set(statuses) <= {202, 422}, statuses


def test_what_does_not_fit_is_refused(served: Served) -> None:
    statuses = try_out(served, GenerationMode.NEGATIVE, [*CHECKS, checks.negative_data_rejection])
    assert statuses[422], statuses
    assert set(statuses) <= {400, 413, 415, 422}, statuses
