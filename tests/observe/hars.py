"""HAR files like those browsers write: a console session in the dialects of Chromium and Firefox.

Chromium's shapes are those of HAR1-HAR19; Firefox's exporter records neither
an error nor a server address for a failed request (its dialect is not among
the established facts, so nothing may hang on more than that).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

R = "ap-northeast-1"
CONSOLE = f"{R}.console.aws.amazon.com"
AGENTS = {
    "chromium": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0",
}
START = datetime(2026, 11, 20, 9, 0, 0, tzinfo=timezone(timedelta(hours=9)))
DENIAL = (
    "User: arn:aws:sts::111122223333:assumed-role/Ops/hanako is not authorized to perform: ssm:DescribeInstances "
    "because no VPC endpoint policy allows the ssm:DescribeInstances action"
)
NET_ERRORS = {
    "timeout": "ERR_CONNECTION_TIMED_OUT",
    "refused": "ERR_CONNECTION_REFUSED",
    "unreachable": "ERR_ADDRESS_UNREACHABLE",
    "no_name": "ERR_NAME_NOT_RESOLVED",
    "no_dns": "ERR_NAME_NOT_RESOLVED",
    "reset": "ERR_CONNECTION_RESET",
    "empty": "ERR_EMPTY_RESPONSE",
    "offline": "ERR_INTERNET_DISCONNECTED",
    "unknown_ca": "ERR_CERT_AUTHORITY_INVALID",
    "wrong_certificate": "ERR_CERT_COMMON_NAME_INVALID",
    "lna": "ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS",
}
TIMES = {"timeout": 21_042.0, "no_dns": 26_110.0, "no_name": 140.0}
ANSWERS = {
    "ok": (200, "", {}),
    "permission": (400, "AccessDeniedException", {"message": DENIAL}),
    "throttled": (400, "ThrottlingException", {"message": "Rate exceeded"}),
    "answered": (400, "", {}),
    "server_error": (503, "", {}),
}


class Recorder:
    """Collects entries as one browser would write them."""

    def __init__(self, dialect: str = "chromium", title: str = "") -> None:
        self.dialect = dialect
        self.clock = START
        self.entries: list[dict[str, Any]] = []
        self.pages: list[dict[str, Any]] = []
        self.page = ""
        if title:
            self.open(title)

    def open(self, path: str) -> None:
        """A page of the console."""
        self.page = f"page_{len(self.pages) + 1}"
        url = f"https://{CONSOLE}{path}"
        title = url if self.dialect == "chromium" else "Console | Asia Pacific (Tokyo)"
        self.pages.append(
            {"startedDateTime": self.moment(), "id": self.page, "title": title, "pageTimings": {"onLoad": 900}}
        )
        self.entry("GET", url, status=200, address="52.119.0.10", kind="document")

    def moment(self) -> str:
        self.clock += timedelta(milliseconds=37)
        if self.dialect == "chromium":
            return self.clock.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return self.clock.isoformat(timespec="milliseconds")

    def entry(
        self, method: str, url: str, *, status: int = 0, error: str = "", address: str = "", time: float = 80.0,
        headers: dict[str, str] | None = None, body: str = "", kind: str = "fetch",
        answer: dict[str, str] | None = None, content: str = "", pending: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """One entry, in the recorder's dialect."""
        chromium = self.dialect == "chromium"
        out: dict[str, Any] = {"pageref": self.page, "startedDateTime": self.moment()}
        asked = {"User-Agent": AGENTS[self.dialect], "Accept": "*/*"} | (headers or {})
        query = url.partition("?")[2]
        pairs = [part.partition("=") for part in query.split("&") if part]
        out["request"] = {
            "method": method, "url": url, "httpVersion": "HTTP/2" if status else "", "cookies": [], "headersSize": -1,
            "bodySize": len(body), "headers": _pairs(asked),
            "queryString": [{"name": n, "value": v} for n, _, v in pairs],
        }  # fmt: skip
        if body:
            out["request"]["postData"] = {
                "mimeType": asked.get("Content-Type", "text/plain"),
                "params": [],
                "text": body,
            }
        out["response"] = {
            "status": status, "statusText": "", "httpVersion": "HTTP/2" if status else "", "cookies": [],
            "headers": _pairs(answer or {}), "redirectURL": "", "headersSize": -1, "bodySize": -1 if not status else 10,
            "content": {"size": len(content), "mimeType": "application/json" if content else "x-unknown"},
        }  # fmt: skip
        if content:
            out["response"]["content"]["text"] = content
        out["cache"] = {}
        failed = not status
        if chromium:
            out["response"]["_error"] = f"net::{error}" if error else None
            out["serverIPAddress"] = address
            out["_resourceType"] = kind
            out["_initiator"] = {"type": "preflight", "url": url} if kind == "preflight" else _stack()
            out["timings"] = {
                "blocked": time if failed else 1.0,
                "dns": -1,
                "connect": -1,
                "ssl": -1,
                "send": 0,
                "wait": 0,
            }
            if pending:
                out["timings"]["blocked"], time = -5_548_603.7, 0
        else:
            out["timings"] = (
                {} if failed else {"blocked": 0, "dns": 0, "connect": 3, "send": 0, "wait": 70, "receive": 1}
            )
            out["_securityState"] = "insecure" if failed else "secure"
            if address:
                out["serverIPAddress"] = address
        out["time"] = time
        self.entries.append(out)
        return out

    def direct(
        self, service: str, operation: str, end: str = "ok", *, address: str = "172.20.144.9", host: str = ""
    ) -> None:
        """A signed call to a service endpoint, behind its preflight (HAR19, HAR21)."""
        host = host or f"{service}.{R}.amazonaws.com"
        url = f"https://{host}/"
        asked = {
            "Origin": f"https://{CONSOLE}",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-amz-date,x-amz-security-token,x-amz-target",
        }
        signed = {
            "Origin": f"https://{CONSOLE}",
            "Content-Type": "application/x-amz-json-1.1",
            "authorization": f"AWS4-HMAC-SHA256 Credential=ASIAQQQQQQQQQQQQQQQQ/20261120/{R}/{service}/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=" + "ab12" * 16,
            "x-amz-date": "20261120T000000Z",
            "x-amz-security-token": "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
            "x-amz-target": f"Service_20140328.{operation}",
        }
        call: dict[str, Any] = {"headers": signed, "body": '{"limit":50}'}
        if end in ANSWERS:
            self.entry("OPTIONS", url, status=200, address=address, headers=asked, kind="preflight")
            status, code, message = ANSWERS[end]
            answer = {"x-amzn-RequestId": "11111111-2222-3333-4444-555555555555"}
            if code:
                answer["x-amzn-ErrorType"] = code
            self.entry(
                "POST", url, status=status, address=address, answer=answer,
                content=json.dumps(message) if message else "", **call,
            )  # fmt: skip
        elif end == "preflight_refused":
            self.entry("OPTIONS", url, status=403, address=address, headers=asked, kind="preflight")
            self.entry("POST", url, error="ERR_FAILED", **call)
        elif end == "no_cors":
            self.entry("OPTIONS", url, status=200, address=address, headers=asked, kind="preflight")
            self.entry("POST", url, status=403, error="ERR_FAILED", **call)
        elif end == "pending":
            self.entry("OPTIONS", url, headers=asked, kind="preflight", pending=True)
            self.entry("POST", url, pending=True, **call)
        elif end == "failed":
            self.entry("POST", url, error="ERR_FAILED", **call)
        else:
            time = TIMES.get(end, 90.0)
            self.entry("OPTIONS", url, error=NET_ERRORS[end], time=time, headers=asked, kind="preflight")
            self.entry("POST", url, error="ERR_FAILED" if end == "lna" else NET_ERRORS[end], time=time + 4, **call)

    def proxied(self, path: str, body: str = "{}", status: int = 200) -> None:
        """A call through the console's own servers (HAR20)."""
        self.entry(
            "POST", f"https://{CONSOLE}{path}", status=status, address="52.119.0.10", body=body,
            headers={"Origin": f"https://{CONSOLE}", "Content-Type": "application/json"},
        )  # fmt: skip

    def har(self) -> dict[str, Any]:
        """The file's content."""
        chromium = self.dialect == "chromium"
        log: dict[str, Any] = {"version": "1.2"}
        log["creator"] = (
            {"name": "WebInspector", "version": "537.36"} if chromium else {"name": "Firefox", "version": "147.0"}
        )
        if not chromium:
            log["browser"] = {"name": "Firefox", "version": "147.0"}
        return {"log": log | {"pages": self.pages, "entries": self.entries}}

    def text(self) -> str:
        return json.dumps(self.har(), indent=2)


def story_4(dialect: str = "chromium") -> Recorder:
    """The console over Direct Connect: direct calls to two services fail, everything else works."""
    told = Recorder(dialect, f"/cloudwatch/home?region={R}")
    told.proxied("/cloudwatch/api/cloudformation", '{"operation":"DescribeStacks","region":"ap-northeast-1"}')
    told.direct("monitoring", "DescribeAlarms", "timeout")
    told.direct("monitoring", "GetMetricData", "timeout")
    told.proxied("/ec2/ecb?call=com.amazonaws.ec2.AmazonEC2.DescribeInstances?&mbtc=1")
    told.open(f"/cloudwatch/home?region={R}#logsV2:log-groups")
    told.direct("logs", "DescribeLogGroups", "timeout")
    told.proxied("/iam/service/proxy/GetUser")
    told.open(f"/ec2/home?region={R}")
    told.proxied("/ec2/ecb?call=com.amazonaws.ec2.AmazonEC2.DescribeVpcs?&mbtc=1")
    return told


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _stack() -> dict[str, Any]:
    frame = {
        "functionName": "fetchData",
        "scriptId": "12",
        "url": f"https://{CONSOLE}/assets/panel-logs.js",
        "lineNumber": 1,
    }
    return {"type": "script", "stack": {"callFrames": [frame | {"columnNumber": 7}]}}
