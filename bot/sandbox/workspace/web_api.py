"""The bot's HTTP door: `/api/METHOD` as Slack answers it, uploads and files, and the log of every call.

A request goes: arguments → a fault that was asked for → method → token → scope → rate → the method itself → the log.
The one thing a reader could forget: a call is logged when it is applied, which for a `late` one is after its caller
has gone.
"""

import asyncio
import hashlib
import json
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.workspace.call import Call, Rooms
from bot.sandbox.workspace.faults import LATE_SECONDS_MAX, Fault, Faults
from bot.sandbox.workspace.limits import RateMeter
from bot.sandbox.workspace.methods import METHODS, Method
from bot.sandbox.workspace.records import JsonObject, SlackError, Tokens
from bot.sandbox.workspace.state import State

CALLS_KEPT_MAX = 20_000
LATE_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Logged:
    at: float
    method: str
    ok: bool
    error: str | None
    channel: str | None
    ts: str | None
    args_digest: str
    fault: str | None

    def to_json(self) -> JsonObject:
        return asdict(self)


@dataclass(slots=True)
class WebApi:
    rooms: Rooms
    faults: Faults
    tokens: Tokens
    meter: RateMeter
    calls: deque[Logged] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT_MAX))
    applied: Counter[str] = field(default_factory=Counter)

    @property
    def state(self) -> State:
        return self.rooms.state

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/api/{method}", self.answer),
            web.post("/upload/v1/{file_id}", self.receive_upload),
            web.get("/files-pri/{path:.+}", self.send_file),
        ]

    def reset(self) -> None:
        self.calls.clear()
        self.applied.clear()
        self.meter.clear()

    # --- calls ---
    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            args, token = await _arguments(request)
        except SlackError as refusal:
            return self._respond(refusal.to_slack())
        fault = self.faults.for_call(name, _text(args, "channel", "channel_id"))
        if fault is None:
            return self._apply(name, args, token)
        return await self._go_wrong(fault, request, name, args, token)

    async def _go_wrong(
        self, fault: Fault, request: web.Request, name: str, args: JsonObject, token: str | None
    ) -> web.StreamResponse:
        match fault.fault:
            case "drop_after":
                self._apply(name, args, token, fault)
                response: web.StreamResponse = _hang_up(request)
            case "slow":
                response = self._apply(name, args, token, fault)
                await asyncio.sleep(fault.wait_seconds())
            case "late":
                await _until_given_up(request, fault.wait_seconds(LATE_SECONDS_MAX))
                response = self._apply(name, args, token, fault)
            case "late_file":
                self.rooms.files.seconds_to_take_in = fault.wait_seconds()
                response = self._apply(name, args, token, fault)
                self.rooms.files.seconds_to_take_in = 0.0
            case _:
                error = fault.error if fault.fault == "error" else fault.fault
                self._log(name, args, {"ok": False, "error": error}, fault)
                response = self._fail(fault, request)
        return response

    def _fail(self, fault: Fault, request: web.Request) -> web.Response:
        """The faults that leave nothing applied."""
        match fault.fault:
            case "drop_before":
                return _hang_up(request)
            case "rate_limited":
                return _rate_limited(max(1, round(fault.wait_seconds())))
            case "error":
                return self._respond({"ok": False, "error": fault.error})
            case status:
                page = "<html><body>The stand-in was asked to fail.</body></html>"
                return web.Response(status=int(status.removeprefix("http_")), text=page, content_type="text/html")

    def _apply(self, name: str, args: JsonObject, token: str | None, fault: Fault | None = None) -> web.Response:
        method = METHODS.get(name)
        wait_seconds = 0
        try:
            body = self._run(name, method, args, token)
        except SlackError as refusal:
            body = refusal.to_slack()
            wait_seconds = int(body.pop("retry_after_seconds", 0))
        self._log(name, args, body, fault)
        return _rate_limited(wait_seconds) if wait_seconds else self._respond(body, method)

    def _run(self, name: str, method: Method | None, args: JsonObject, token: str | None) -> JsonObject:
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        self._check_token(method, args, token)
        key = f"{name} {_text(args, 'channel')}" if method.is_rated_by_channel else name
        wait_seconds = self.meter.retry_after_seconds(key, method.rate, self.state.clock())
        if wait_seconds:
            raise SlackError("ratelimited", retry_after_seconds=wait_seconds)
        answer = method.run(Call(args, self.rooms))
        self.applied[name] += 1
        return {"ok": True, **answer}

    def _check_token(self, method: Method, args: JsonObject, token: str | None) -> None:
        if not token:
            raise SlackError("not_authed")
        kind = {self.tokens.bot: "bot", self.tokens.app: "app"}.get(token)
        if kind is None:
            raise SlackError("invalid_auth")
        if method.caller not in ("any", kind):
            raise SlackError("not_allowed_token_type")
        if method.scope is None:
            return
        channel = self.state.channels.get(_text(args, "channel") or "")
        needed = method.scope.format(kind=channel.kind if channel else "channels")
        provided = self.state.app.scopes if kind == "bot" else self.state.app.app_scopes
        if needed not in provided:
            raise SlackError("missing_scope", needed=needed, provided=",".join(provided))

    def _respond(self, body: JsonObject, method: Method | None = None) -> web.Response:
        scopes = self.state.app.scopes if method is None or method.caller != "app" else self.state.app.app_scopes
        headers = {"X-OAuth-Scopes": ",".join(scopes), "X-Slack-Req-Id": self.state.next_id("req")}
        if method is not None and method.scope:
            headers["X-Accepted-OAuth-Scopes"] = method.scope.format(kind="channels")
        return web.json_response(body, headers=headers)

    def _log(self, name: str, args: JsonObject, body: JsonObject, fault: Fault | None) -> None:
        canonical = json.dumps(args, sort_keys=True, default=str)
        logged = Logged(
            at=self.state.clock(),
            method=name,
            ok=bool(body["ok"]),
            error=body.get("error"),
            channel=_text(body, "channel") or _text(args, "channel", "channel_id"),
            ts=_text(body, "ts", "message_ts") or _text(args, "ts"),
            args_digest=hashlib.sha256(canonical.encode()).hexdigest()[:12],
            fault=fault.fault if fault else None,
        )
        self.calls.append(logged)
        told = {"type": "log", "direction": "bot→slack", **logged.to_json()}
        self.state.tell(told, None)

    # --- bytes ---
    async def receive_upload(self, request: web.Request) -> web.Response:
        """The bytes come as the whole body, or as the one part of a form."""
        try:
            if request.content_type == "multipart/form-data":
                form = await request.post()
                parts = [part for part in form.values() if isinstance(part, web.FileField)]
                content = parts[0].file.read() if parts else b""
            else:
                content = await request.read()
            file = self.rooms.files.receive(request.match_info["file_id"], content)
        except SlackError as refusal:
            return web.Response(status=400, text=refusal.code)
        return web.Response(text=f"OK - {file.length_bytes}")

    async def send_file(self, request: web.Request) -> web.Response:
        """A bot shows its token and needs `files:read`; no token at all is the page, whose cookie is not asked for."""
        authorization = request.headers.get("Authorization")
        may_read = "files:read" in self.state.app.scopes and authorization == f"Bearer {self.tokens.bot}"
        if authorization is not None and not may_read:
            return web.Response(status=403, text="invalid_auth")
        file_id = request.match_info["path"].partition("/")[0].rpartition("-")[2]
        file = self.rooms.files.by_id.get(file_id)
        if file is None or file.content is None:
            return web.Response(status=404, text="file_not_found")
        return web.Response(body=file.content, content_type=file.mimetype)


async def _arguments(request: web.Request) -> tuple[JsonObject, str | None]:
    """Whatever way they came (query, form or JSON), with the token from the header or from among them."""
    args: JsonObject = dict(request.query)
    if request.content_type == "application/json":
        try:
            body: Any = json.loads(await request.text() or "{}")
        except json.JSONDecodeError as problem:
            raise SlackError("invalid_json") from problem
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        args |= body
    else:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    token = args.pop("token", None)
    scheme, _space, from_header = request.headers.get("Authorization", "").partition(" ")
    return args, from_header if scheme == "Bearer" and from_header else token


async def _until_given_up(request: web.Request, seconds_max: float) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds_max
    while loop.time() < deadline:
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(LATE_POLL_SECONDS)


def _hang_up(request: web.Request) -> web.Response:
    """Closes the connection under the response, which is then never read."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _rate_limited(wait_seconds: int) -> web.Response:
    headers = {"Retry-After": str(wait_seconds)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _text(values: JsonObject, *names: str) -> str | None:
    return next((str(values[name]) for name in names if isinstance(values.get(name), str) and values[name]), None)
