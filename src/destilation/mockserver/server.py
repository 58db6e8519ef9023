"""The mock server over real HTTP: routes, limits, faults and outages put together.

Serves OpenAI's and OpenRouter's dialect under `/v1` and `/api/v1`, Ollama's under `/api`, and `/ledger`.
"""

import asyncio
import json
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Self

from aiohttp import web

from destilation.mockserver import dialects, faults
from destilation.mockserver.answers import Asked, Said, say
from destilation.mockserver.breakage import break_off
from destilation.mockserver.ledger import Ledger
from destilation.mockserver.limiter import Limiter, wait_headers
from destilation.mockserver.scenario import Scenario
from destilation.mockserver.voices import refusal, spoken
from destilation.providers.mock.embedder import vector_of

MOST_BODY = 16 << 20


class MockServer:
    """Serves a scenario at `address` from `start` (or the `async with` block's begin) to `stop`."""

    def __init__(self, scenario: Scenario, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.scenario = scenario
        self.ledger = Ledger(scenario.price)
        self.address = ""
        self._host, self._port = host, port
        self._limiter = Limiter(scenario)
        self._chance = random.Random(scenario.seed)
        self._began = time.monotonic()
        self._busy = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=MOST_BODY)
        for prefix, dialect in (("/v1", "openai"), ("/api/v1", "openrouter")):
            app.router.add_post(f"{prefix}/chat/completions", self._counted(dialect, self._answer))
            app.router.add_post(f"{prefix}/embeddings", self._counted(dialect, self._embed))
            app.router.add_get(f"{prefix}/models", self._models)
            app.router.add_get(f"{prefix}/key", self._key)
        app.router.add_post("/api/chat", self._counted("ollama", self._answer))
        app.router.add_post("/api/embed", self._counted("ollama", self._embed))
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/show", self._show)
        app.router.add_get("/api/version", self._version)
        app.router.add_get("/ledger", self._ledger)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, backlog=1024)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"
        self._began = time.monotonic()

    async def stop(self) -> None:
        """Stop listening and drop what is in flight."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # One request.

    def _counted(self, dialect: str, answer: Callable[[web.Request, str], Awaitable[web.StreamResponse]]) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.ledger.requests += 1
            self._busy += 1
            try:
                return await answer(request, dialect)
            finally:
                self._busy -= 1

        return handle

    async def _answer(self, request: web.Request, dialect: str) -> web.StreamResponse:
        scenario, elapsed = self.scenario, time.monotonic() - self._began
        if (outage := scenario.outage_at(elapsed)) is not None:
            return await self._dead(request, dialect, outage.kind)
        refused = self._refusal(request, dialect, elapsed)
        if refused is not None:
            return refused
        try:
            body = json.loads(await request.read())
            asked = dialects.asked_ollama(body) if dialect == "ollama" else dialects.asked_openai(body)
        except (ValueError, AttributeError) as error:
            return self._wrong(dialect, faults.Wrong(400, f"bad request: {error}", "invalid_request_error"))
        if asked.model.removesuffix(":latest") not in scenario.models:
            return self._wrong(dialect, faults.Wrong(404, f"model '{asked.model}' not found", "model_not_found"))
        if (refused_form := refusal(scenario.voice, asked)) is not None:
            return self._wrong(dialect, faults.Wrong(400, refused_form, "invalid_request_error"))
        fault = self._fault()
        if fault is not None and fault in faults.STATUS:
            return self._wrong(dialect, faults.STATUS[fault])
        await asyncio.sleep(self._latency())
        return await self._speak(request, dialect, asked, fault)

    async def _embed(self, request: web.Request, dialect: str) -> web.StreamResponse:
        """A vector of one text, with the limits of the scenario and those of its faults that are a status."""
        elapsed = time.monotonic() - self._began
        if (outage := self.scenario.outage_at(elapsed)) is not None:
            return await self._dead(request, dialect, outage.kind)
        if (refused := self._refusal(request, dialect, elapsed)) is not None:
            return refused
        try:
            model, text, packed = dialects.asked_embedding(json.loads(await request.read()))
        except (ValueError, AttributeError) as error:
            return self._wrong(dialect, faults.Wrong(400, f"bad request: {error}", "invalid_request_error"))
        if model.removesuffix(":latest") not in self.scenario.models:
            return self._wrong(dialect, faults.Wrong(404, f"model '{model}' not found", "model_not_found"))
        if (fault := self._fault()) is not None and fault in faults.STATUS:
            return self._wrong(dialect, faults.STATUS[fault])
        await asyncio.sleep(self._latency())
        tokens = len(text) // 4 + 1
        self._limiter.took(tokens)
        cost = self.ledger.cost(tokens, 0)
        self.ledger.charge(tokens, 0)
        self.ledger.outcomes["embedding"] += 1
        told = cost if self.scenario.report_cost and self.scenario.price is not None else None
        document = dialects.embedding_document(dialect, model, vector_of(text), tokens, told, packed=packed)
        return web.json_response(document, headers=self._left())

    def _fault(self) -> str | None:
        drawn = self._chance.random()
        for name, share in self.scenario.faults.items():
            drawn -= share
            if drawn < 0:
                return name
        return None

    def _latency(self) -> float:
        scenario = self.scenario
        latency = scenario.latency_s * math.exp(self._chance.gauss(0, scenario.latency_spread))
        if scenario.cliff and self._busy > scenario.cliff:
            latency *= (self._busy / scenario.cliff) ** scenario.cliff_power
        return latency

    def _refusal(self, request: web.Request, dialect: str, elapsed: float) -> web.Response | None:
        scenario = self.scenario
        if scenario.key is not None and request.headers.get("Authorization") != f"Bearer {scenario.key}":
            return self._wrong(dialect, faults.STATUS["401"])
        if scenario.credit_usd is not None and self.ledger.usd >= scenario.credit_usd:
            return self._wrong(dialect, faults.STATUS["402"])
        if scenario.concurrency and self._busy > scenario.concurrency:
            return self._wrong(dialect, faults.STATUS["429"])
        wait = self._limiter.admit(elapsed)
        if wait is None:
            return None
        return self._wrong(dialect, faults.STATUS["429"], wait_headers(scenario.retry_after, wait, time.time()))

    def _wrong(self, dialect: str, wrong: faults.Wrong, more: dict[str, str] | None = None) -> web.Response:
        self.ledger.outcomes[str(wrong.status)] += 1
        headers = {**wrong.headers, **self._left(), **(more or {})}
        if headers.get("Retry-After") == "in 2 s":
            headers |= wait_headers("date", 1.0, time.time())
        message = wrong.message.replace("{key}", self.scenario.key or "none")
        document = dialects.error_document(dialect, wrong.status, message, wrong.code)
        return web.json_response(document, status=wrong.status, headers=headers)

    def _left(self) -> dict[str, str]:
        return self._limiter.headers(time.monotonic() - self._began)

    async def _dead(self, request: web.Request, dialect: str, kind: str) -> web.StreamResponse:
        if kind == "503":
            return self._wrong(dialect, faults.STATUS["503"])
        self.ledger.outcomes[kind] += 1
        return await break_off(request, kind, b"")

    # An answer.

    async def _speak(self, request: web.Request, dialect: str, asked: Asked, fault: str | None) -> web.StreamResponse:
        said = say(asked, self.scenario)
        self._limiter.took(asked.tokens_in + said.tokens_out)
        number = self.ledger.requests
        cost = self.ledger.cost(asked.tokens_in, said.tokens_out)
        if fault is None or fault not in faults.BROKEN or self.scenario.charge_lost:
            self.ledger.charge(asked.tokens_in, said.tokens_out)
        self.ledger.outcomes[fault or "answer"] += 1
        told = cost if self.scenario.report_cost and self.scenario.price is not None else None
        if asked.stream:
            return await self._stream(request, dialect, asked, said, told)
        voiced = spoken(self.scenario.voice, asked, said)
        if dialect == "ollama":
            document = dialects.ollama_document(asked, voiced)
        else:
            document = dialects.openai_document(asked, voiced, number, told)
        if fault is not None and fault in faults.SPOILED:
            kind = "text/html" if fault == "html" else "application/json"
            body = faults.SPOILED[fault](document)
            return web.Response(body=body, content_type=kind, headers=self._left())
        if fault is not None:
            return await break_off(request, fault, json.dumps(document).encode())
        return web.json_response(document, headers=self._left())

    async def _stream(
        self, request: web.Request, dialect: str, asked: Asked, said: Said, cost: float | None
    ) -> web.StreamResponse:
        pieces: Iterator[bytes]
        if dialect == "ollama":
            pieces, kind = dialects.ollama_stream(asked, said), "application/x-ndjson"
        else:
            pieces, kind = dialects.openai_stream(asked, said, self.ledger.requests, cost), "text/event-stream"
        response = web.StreamResponse(headers={"Content-Type": kind, **self._left()})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        await response.write_eof()
        return response

    # What else clients look at.

    async def _models(self, request: web.Request) -> web.Response:
        price = self.scenario.price
        rows: list[dict[str, Any]] = [
            {"id": name, "object": "model", "created": 1_790_000_000, "owned_by": "mock"}
            for name in self.scenario.models
        ]
        if price is not None:
            per_token = {
                "prompt": f"{price.input_per_mtok / 1e6:.12f}",
                "completion": f"{price.output_per_mtok / 1e6:.12f}",
            }
            rows = [{**row, "pricing": per_token} for row in rows]
        return web.json_response({"object": "list", "data": rows}, headers=self._left())

    async def _key(self, request: web.Request) -> web.Response:
        if self.scenario.key is not None and request.headers.get("Authorization") != f"Bearer {self.scenario.key}":
            return self._wrong("openrouter", faults.STATUS["401"])
        credit, spent = self.scenario.credit_usd, self.ledger.usd
        left = None if credit is None else max(0.0, credit - spent)
        free = {"label": "mock", "limit": credit, "limit_remaining": left, "usage": spent, "is_free_tier": False}
        return web.json_response({"data": free})

    async def _tags(self, request: web.Request) -> web.Response:
        names = [name if ":" in name else f"{name}:latest" for name in self.scenario.models]
        rows = [{"name": name, "model": name, "size": 1} for name in names]
        return web.json_response({"models": rows})

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response({"capabilities": ["completion"], "model_info": {"mock.context_length": 8192}})

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": "0.0.0-mock"})

    async def _ledger(self, request: web.Request) -> web.Response:
        return web.json_response(self.ledger.summary())
