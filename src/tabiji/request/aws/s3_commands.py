"""The high-level ``aws s3`` commands: which API calls each makes (RQ8-RQ16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..errors import RequestError
from .arguments import Words, split
from .endpoint import Target, target_of
from .model import why
from .models import commands

if TYPE_CHECKING:
    from .planner import Planner

UNITS = {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
PART = 8 << 20
"""RQ11: parts are this large, and files of this size and more come in parts."""


class Place(msgspec.Struct, frozen=True):
    """One side of a transfer; ``bucket`` is empty for a local path."""

    bucket: str
    key: str

    @property
    def remote(self) -> bool:
        """In S3?"""
        return bool(self.bucket)


def place_of(text: str) -> Place:
    """Understand a path: ``s3://bucket/key``, an access point's ARN for the bucket, or a local path."""
    if not text.startswith("s3://"):
        return Place("", text)
    rest = text.removeprefix("s3://")
    if rest.startswith("arn:"):
        head, mark, tail = rest.rpartition("accesspoint")
        separator = tail[:1]
        name, _, key = tail[1:].partition("/")
        return Place(head + mark + separator + name, key)
    bucket, _, key = rest.partition("/")
    return Place(bucket, key)


def plan_s3(planner: Planner, verb: str, argv: list[str]) -> None:
    """Plan ``aws s3 VERB``; raises RequestError for bad words."""
    table = commands(planner.client.table).services["s3"].own
    options = table.get(verb)
    if not verb or options is None:
        raise RequestError(
            f"aws s3 {verb}: no such command; there are {', '.join(sorted(filter(None, table)))}".strip()
        )
    words = split(argv, {name: n for name, n in options.items() if not name.startswith("<")}, f"aws s3 {verb}")
    wanted = 2 if verb in ("cp", "mv", "sync") else 1
    if len(words.positional) > wanted or (len(words.positional) < wanted and verb != "ls"):
        raise RequestError(f"aws s3 {verb}: {wanted} path{'s' if wanted > 1 else ''} expected")
    places = [place_of(text) for text in words.positional]
    if verb != "ls" and not any(p.remote for p in places):
        raise RequestError(f"aws s3 {verb}: no s3:// path in it")
    planner.prepare("s3")
    Commands(planner, words).run(verb, places)


class Commands:
    """One high-level command in the making."""

    def __init__(self, planner: Planner, words: Words) -> None:
        self.planner = planner
        self.words = words
        self.dry = words.has("dryrun")
        s3 = planner.settings.s3
        self.threshold = _size(s3.get("multipart_threshold", ""), PART)
        self.chunk = _size(s3.get("multipart_chunksize", ""), PART)
        self.target = target_of(planner, "s3", own=True)
        self.source_target = self.target
        region = words.get("source-region")
        if region:
            self.source_target = target_of(planner, "s3", region)  # RQ11: not moved by --endpoint-url

    def run(self, verb: str, places: list[Place]) -> None:
        """Add the calls."""
        known = self.planner.known
        first = places[0] if places else Place("", "")
        if verb == "ls":
            if not first.bucket:
                self.send("ListBuckets")
            else:
                self.send("ListObjectsV2", first.bucket)
        elif verb == "mb":
            self.send("CreateBucket", first.bucket)
        elif verb == "rb":
            if self.words.has("force"):
                self.send("ListObjectsV2", first.bucket, worker="source")
                self.each("DeleteObject", first.bucket, known.objects)
            self.send("DeleteBucket", first.bucket, worker="bucket")
        elif verb == "website":
            self.send("PutBucketWebsite", first.bucket)
        elif verb == "presign":  # RQ32
            self.planner.reason = why("aws.presigned", "RQ32")
        elif verb == "rm":
            if self.words.has("recursive"):
                self.send("ListObjectsV2", first.bucket, worker="source")
                self.each("DeleteObject", first.bucket, known.objects)
            elif not self.dry:
                self.send("DeleteObject", first.bucket, first.key)
        else:
            self.transfer(verb, *places)
        if self.dry and not self.planner.reason and not any(c.service == "s3" for c in self.planner.steps):
            self.planner.reason = why("aws.dry_run")

    def transfer(self, verb: str, source: Place, target: Place) -> None:
        """cp, mv and sync."""
        many = verb == "sync" or self.words.has("recursive")
        if source.remote and many:
            self.send("ListObjectsV2", source.bucket, at=self.source_target)
        if verb == "sync" and target.remote:
            self.send("ListObjectsV2", target.bucket)
        for key, size in self.items(source, target, many):
            here, there = self.ends(source, target, key, many)
            if not source.remote:
                self.upload(there, size)
            elif not target.remote:
                self.download(here, size, many)
            else:
                self.copy(here, there, size, many)
            if verb == "mv" and source.remote and not self.dry:
                self.send("DeleteObject", here.bucket, here.key, at=self.source_target)
        if verb == "sync" and self.words.has("delete") and target.remote:
            self.each("DeleteObject", target.bucket, () if source.remote else self.planner.known.objects)

    def items(self, source: Place, target: Place, many: bool) -> list[tuple[str, int | None]]:
        """(key or path, size in bytes if known) of everything transferred."""
        known = self.planner.known
        if not many:
            return [(source.key, known.object_size if source.remote else known.files.get(source.key))]
        if source.remote:
            return [(key, known.object_size) for key in known.objects] or [("", None)]
        root = source.key.rstrip("/") + "/"
        inside = [(name, size) for name, size in sorted(known.files.items()) if name.startswith(root)]
        return list(inside) or [("", None)]

    def ends(self, source: Place, target: Place, key: str, many: bool) -> tuple[Place, Place]:
        """Both ends of one transfer."""
        here = Place(source.bucket, key) if source.remote else source
        if not target.remote:
            return here, target
        if many:
            root = source.key.rstrip("/") + "/" if source.key else ""
            inner = key.removeprefix(root) if root != "/" else key
            base = target.key.rstrip("/")
            return here, Place(target.bucket, f"{base}/{inner}" if base else inner)
        if not target.key or target.key.endswith("/"):  # keeps the name it had
            return here, Place(target.bucket, target.key + source.key.rstrip("/").rpartition("/")[2])
        return here, target

    def upload(self, there: Place, size: int | None) -> None:
        """PutObject, or in parts (RQ11)."""
        if self.dry:
            return
        if size is not None and size >= self.threshold:
            self.send("CreateMultipartUpload", there.bucket, there.key)
            self.send("UploadPart", there.bucket, there.key, times=-(-size // self.chunk))
            self.send("CompleteMultipartUpload", there.bucket, there.key)
            return
        self.send("PutObject", there.bucket, there.key, times=1 if there.key else 0)

    def download(self, here: Place, size: int | None, listed: bool) -> None:
        """HeadObject unless a listing told the size, then GetObject (RQ11)."""
        if not listed:
            self.send("HeadObject", here.bucket, here.key, at=self.source_target)
        if self.dry:
            return
        parts = -(-size // self.chunk) if size is not None and size >= self.threshold else 1
        times = parts if here.key else 0
        self.send("GetObject", here.bucket, here.key, times=times, at=self.source_target, worker="target")

    def copy(self, here: Place, there: Place, size: int | None, listed: bool) -> None:
        """Bucket to bucket: asked at the source's Region, copied at the destination's (RQ11)."""
        if not listed:
            self.send("HeadObject", here.bucket, here.key, at=self.source_target)
        if self.dry:
            return
        if size is not None and size >= self.threshold:
            if self.planner.client.table == "v2" and self.words.get("copy-props", "default") == "default":
                self.send("GetObjectTagging", here.bucket, here.key, at=self.source_target)
            self.send("CreateMultipartUpload", there.bucket, there.key)
            self.send("UploadPartCopy", there.bucket, there.key, times=-(-size // self.chunk))
            self.send("CompleteMultipartUpload", there.bucket, there.key)
            return
        self.send("CopyObject", there.bucket, there.key, times=1 if there.key else 0)

    def each(self, operation: str, bucket: str, keys: tuple[str, ...]) -> None:
        """One call a key; one of unknown number when the keys are not known."""
        if self.dry:
            return
        for key in keys:
            self.send(operation, bucket, key)
        if not keys:
            self.send(operation, bucket, times=0)

    def send(
        self,
        operation: str,
        bucket: str = "",
        key: str = "",
        *,
        times: int = 1,
        at: Target | None = None,
        worker: str = "",
    ) -> None:
        """Add one call; ``times`` 0: as many as there are objects."""
        parameters = {name: value for name, value in (("Bucket", bucket), ("Key", key)) if value}
        worker = worker or ("source" if at is not None else "target")  # two clients inside, which learn apart
        self.planner.api(
            "s3", operation, parameters, target=at or self.target, times=times, optional=times == 0, worker=worker
        )


def _size(text: str, default: int) -> int:
    """``8MB`` or a number of bytes."""
    word = text.strip().upper()
    for unit, factor in UNITS.items():
        if word.endswith(unit) and word.removesuffix(unit).strip().isdigit():
            return int(word.removesuffix(unit)) * factor
    return int(word) if word.isdigit() and int(word) else default
