"""An S3-compatible server on this machine, and a way to it that can be cut."""

import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from importlib import import_module
from typing import Any, Self

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def environment_of(port: int) -> dict[str, str]:
    """With which a store at a port of this machine is found."""
    return {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}


class Store:
    """moto's server, ended with the block."""

    def __enter__(self) -> Self:
        self.port = free_port()
        program = "from moto.server import main; main()"
        self._server = subprocess.Popen(
            [sys.executable, "-c", program, "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        patience = time.monotonic() + 300
        while not answers(self.port):
            assert self._server.poll() is None, "the store does not start"
            assert time.monotonic() < patience
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.kill()
        self._server.wait()

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.port)

    def _client(self) -> Any:
        return import_module("boto3").client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=KEYS["AWS_DEFAULT_REGION"],
        )

    def new_bucket(self) -> str:
        """One that counts how often each object is written."""
        name, client = f"bucket-{uuid.uuid4().hex[:8]}", self._client()
        client.create_bucket(Bucket=name)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def names(self, bucket: str) -> list[str]:
        return [entry["Key"] for entry in self._client().list_objects_v2(Bucket=bucket).get("Contents", [])]

    def contents(self, bucket: str, prefix: str) -> dict[str, bytes]:
        """Every object of a bucket by its name after the prefix; one without it is an error."""
        client = self._client()
        names = self.names(bucket)
        start = f"{prefix}/" if prefix else ""
        assert all(name.startswith(start) for name in names)
        return {
            name.removeprefix(start): client.get_object(Bucket=bucket, Key=name)["Body"].read()
            for name in names
        }

    def writes(self, bucket: str) -> dict[str, int]:
        """How often each object was written."""
        found: dict[str, int] = {}
        for version in self._client().list_object_versions(Bucket=bucket).get("Versions", []):
            found[version["Key"]] = found.get(version["Key"], 0) + 1
        return found

    def finished(self, bucket: str, prefix: str) -> list[str]:
        """The views of cases that are drawn; their markers are written after them."""
        markers = [name for name in self.names(bucket) if name.startswith(f"{prefix}/.build/rendered/")]
        return [f"{prefix}/views/{name.rpartition('/')[2].removesuffix('.json')}.parquet" for name in markers]


class Proxy:
    """A way to a port of this machine through another one, which can be cut and mended."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.port = free_port()
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def mend(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        with self._lock:
            self._open.append(listener)  # a connection that was accepted while it was cut may be there
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            self._open.clear()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                with self._lock:
                    self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
